// The pages work without this. It takes a receipt out of the address into its field, and offers to print.
"use strict";

function takeReceipt() {
    const receipt = location.hash.slice(1);
    if (!/^[A-Za-z0-9_-]{43}$/.test(receipt)) {
        return;
    }
    history.replaceState(null, "", location.pathname + location.search);
    const field = document.querySelector("[data-receipt]");
    if (field) {
        field.value = receipt;
        field.form.querySelector("button").focus();
    }
}

takeReceipt();
addEventListener("hashchange", takeReceipt);
for (const button of document.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => print());
}
