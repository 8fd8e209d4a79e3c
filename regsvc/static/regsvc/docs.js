// Puts the viewer in the place of the plain list. Without this the list stays.
"use strict";

const viewer = document.getElementById("viewer");
const plain = document.getElementById("plain");
const dark = matchMedia("(prefers-color-scheme: dark)");

function colours() {
    const style = getComputedStyle(document.documentElement);
    const names = ["main", "on-main", "ink", "quiet", "line", "edge", "page", "sheet", "bad", "success", "code", "panel"];
    return Object.fromEntries(names.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
}

function theme() {
    const { main, ink, quiet, line, edge, page, sheet, bad, success, code, panel } = colours();
    const mono = 'ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace';
    return {
        colors: {
            primary: { main },
            success: { main: success },
            error: { main: bad },
            gray: { 50: page, 100: line },
            text: { primary: ink, secondary: quiet },
            border: { dark: line, light: line },
        },
        schema: { nestedBackground: sheet, linesColor: edge, typeNameColor: quiet, requireLabelColor: bad },
        typography: {
            fontSize: "15px",
            fontFamily: "inherit",
            headings: { fontFamily: "inherit", fontWeight: "650" },
            code: { fontFamily: mono, color: ink, backgroundColor: code },
            links: { color: main },
        },
        sidebar: { backgroundColor: sheet, textColor: ink },
        rightPanel: {
            backgroundColor: panel,
            servers: { overlay: { backgroundColor: sheet, textColor: ink }, url: { backgroundColor: page } },
        },
        fab: { backgroundColor: sheet, color: main },
    };
}

function show() {
    const options = {
        theme: theme(),
        disableSearch: true, // it would need a worker from a blob
        hideDownloadButtons: true,
        nativeScrollbars: true,
        sortRequiredPropsFirst: true,
        expandResponses: "200,202,204",
        jsonSamplesExpandLevel: "all",
    };
    const place = document.createElement("div"); // a new one each time: Redoc draws only once into an element
    viewer.replaceChildren(place);
    Redoc.init(viewer.dataset.schema, options, place, (error) => {
        viewer.hidden = Boolean(error);
        plain.hidden = !error;
        document.body.classList.toggle("viewed", !error);
    });
}

show();
dark.addEventListener("change", show);
