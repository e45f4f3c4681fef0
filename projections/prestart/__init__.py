"""意向信息: folds the events of key projects into their pre-start records, one row per project."""
