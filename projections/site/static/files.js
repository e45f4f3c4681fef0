// Says that a chosen file is too large before it is sent. Without this file the server says it.
document.addEventListener("change", (event) => {
  const input = event.target;
  if (!(input instanceof HTMLInputElement) || !input.dataset.most) return;
  const file = input.files && input.files[0];
  input.setCustomValidity(file && file.size > Number(input.dataset.most) ? input.dataset.large : "");
  if (file) input.reportValidity();
});
