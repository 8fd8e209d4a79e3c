// The pages work without this. It checks each group while it is typed, goes on to the next box, and offers to print.
"use strict";

const GROUP = 6;

function fits(digits, index, damm) {
    let state = index;
    for (const digit of digits) {
        state = Number(damm[state][Number(digit)]);
    }
    return state === 0;
}

function check(box, index, damm, done) {
    const digits = box.value;
    let fault = "";
    if (digits.length === GROUP ? !fits(digits, index, damm) : digits.length > GROUP || (done && digits)) {
        fault = digits.length === GROUP ? box.dataset.check : box.dataset.length;
    }
    document.getElementById(box.id.replace("group", "fault")).textContent = fault;
    if (fault) {
        box.setAttribute("aria-invalid", "true");
    } else {
        box.removeAttribute("aria-invalid");
    }
    box.classList.toggle("right", !fault && digits.length === GROUP);
    return !fault && digits.length === GROUP;
}

function watch(form) {
    const damm = form.dataset.damm.split(" ");
    const boxes = [...form.querySelectorAll("input[name=group]")];
    boxes.forEach((box, index) => {
        box.addEventListener("input", () => {
            box.value = box.value.replace(/[^0-9]/g, "");
            if (box.value.length > GROUP) {
                spread(box.value, index);
            } else if (check(box, index, damm, false) && box.selectionStart === GROUP) {
                (boxes[index + 1] || form.querySelector("button")).focus();
            }
        });
        box.addEventListener("blur", () => check(box, index, damm, true));
        box.addEventListener("keydown", (event) => {
            if (event.key === "Backspace" && !box.value && index) {
                boxes[index - 1].focus();
                event.preventDefault();
            }
        });
        if (box.value) {
            check(box, index, damm, true);
        }
    });

    function spread(digits, from) {
        for (let index = from; index < boxes.length; index += 1) {
            const start = (index - from) * GROUP;
            const part = index === boxes.length - 1 ? digits.slice(start) : digits.slice(start, start + GROUP);
            if (part || index === from) {
                boxes[index].value = part;
                check(boxes[index], index, damm, true);
                boxes[index].focus();
            }
        }
    }
}

for (const form of document.querySelectorAll("form[data-damm]")) {
    watch(form);
}
for (const button of document.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => print());
}
