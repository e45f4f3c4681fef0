// Opens what is folded before the page is printed, and folds it again: for browsers whose stylesheets can't.
if (!CSS.supports("selector(details::details-content)")) {
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("details:not([open])")];
    for (const one of opened) one.open = true;
  });
  addEventListener("afterprint", () => {
    for (const one of opened) one.open = false;
  });
}
