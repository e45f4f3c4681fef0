"""The standards page, in Chinese: duties, versions of the boundary, who provides what, the calendar."""

TEXTS = {
    "column.duty": "任务",
    "column.whose": "由谁",
    "column.holiday": "节日",
    "column.off": "放假",
    "column.worked": "调休上班",
    "standards.since": "未另注明的，自 {day} 起适用。",
    "standards.from": "自 {day} 起",
    "standards.until": "至 {day} 止",
    "standards.limits.before": "优化前的时限",
    "standards.documents.by": "来源：{ways}。",
    "standards.documents.beside": "目录之外，不计入份数，只有部分客户需要。",
    "standards.providers": "资料可以从哪里来",
    "standards.tasks": "环节之外的任务",
    "standards.tasks.lead": "各有自己的时限，都不算客户的环节。",
    "standards.versions.lead": "按取得土地的日期和位置选用规则；办理中的申请沿用开始时的那一套。",
    "standards.builder.government": "由政府建：",
    "standards.calendar": "工作日历",
    "standards.calendar.lead": (
        "按工作日计的时限不算周末和下列放假日，调休上班日照算。尚未公布的年份，到期日是暂定的。"
    ),
    "standards.calendar.published": "已公布",
    "standards.calendar.provisional": "暂定",
    "standards.calendar.regional": "地方节日",
    "standards.calendar.span": "{first} 至 {last}",
    "when.land_from": "{value} 起取得的土地",
    "when.land_before": "{value} 前取得的土地",
    "when.urban_land.true": "城镇规划建设用地内",
    "when.urban_land.false": "城镇规划建设用地外",
}
