#include "eval/html.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* One column of cards, system fonts; colours follow the reader's light or dark setting. --c0 ...
 * are the plots' colours: told apart by people who do not see red and green too. */
static const char style[] =
    ":root{color-scheme:light dark;--bg:#f5f6f8;--card:#fff;--ink:#1b2430;--soft:#5b6776;"
    "--line:#dfe3e9;--note:#e8effc;--note-ink:#1f3d78;--c0:#1f6feb;--c1:#d4620b;--c2:#0b7a53;"
    "--c3:#8a4fd0}\n"
    "@media(prefers-color-scheme:dark){:root{--bg:#0f141a;--card:#182029;--ink:#e6ebf1;"
    "--soft:#9aa7b6;--line:#2b3643;--note:#1a2740;--note-ink:#b9cdf5;--c0:#6ea8ff;--c1:#ff9d47;"
    "--c2:#57d6a3;--c3:#c29bff}}\n"
    "*{box-sizing:border-box}\n"
    "body{margin:0;background:var(--bg);color:var(--ink);"
    "font:16px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans',sans-serif}\n"
    "main{max-width:1180px;margin:0 auto;padding:28px 20px 60px}\n"
    "h1{font-size:1.7rem;margin:0 0 6px;letter-spacing:-.01em}\n"
    "h2{font-size:1.1rem;margin:0 0 12px}\n"
    ".soft{color:var(--soft)}\n"
    ".note{background:var(--note);color:var(--note-ink);border-radius:10px;padding:12px 16px;"
    "margin:14px 0;max-width:80ch}\n"
    ".cards{display:grid;gap:12px;grid-template-columns:repeat(auto-fit,"
    "minmax(min(100%,240px),1fr));"
    "margin:18px 0 26px}\n"
    ".cards div{background:var(--card);border:1px solid var(--line);border-radius:12px;"
    "padding:12px 18px}\n"
    ".cards b{display:block;font-size:1.7rem;line-height:1.2;font-variant-numeric:tabular-nums}\n"
    ".cards i{display:block;font-style:normal;font-size:.82rem;color:var(--soft);"
    "font-variant-numeric:tabular-nums}\n"
    "section{background:var(--card);border:1px solid var(--line);border-radius:16px;"
    "padding:20px 22px;margin:0 0 26px}\n"
    ".plots{display:grid;gap:22px;grid-template-columns:repeat(auto-fit,minmax(min(100%,470px),"
    "1fr))}\n"
    "figure{margin:0}figcaption{font-size:.86rem;color:var(--soft);line-height:1.4;"
    "max-width:62ch}\n"
    ".plot{display:block;width:100%;height:auto;font-size:12px}\n"
    ".plot text{fill:var(--ink)}.plot .tick{fill:var(--soft)}.plot .label{font-size:13px}\n"
    ".grid{stroke:var(--line);fill:none}.axis{stroke:var(--soft);fill:none}\n"
    ".k0{--k:var(--c0)}.k1{--k:var(--c1)}.k2{--k:var(--c2)}.k3{--k:var(--c3)}\n"
    ".line{fill:none;stroke:var(--k);stroke-width:2.2;stroke-linejoin:round}\n"
    ".help{fill:none;stroke:var(--soft);stroke-dasharray:3 4}\n"
    ".area{fill:var(--k);fill-opacity:.28;stroke:var(--k);stroke-width:1.5}\n"
    ".band{fill:var(--k);fill-opacity:.16}.key,.bar{fill:var(--k)}"
    ".track{fill:var(--line)}.wide{display:block;width:100%;border-radius:10px}\n"
    ".dot{fill:var(--card);stroke:var(--k);stroke-width:2.2}\n"
    ".cut{stroke:var(--soft);stroke-dasharray:2 3;fill:none}\n"
    "table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}\n"
    ".scroll{overflow-x:auto}\n"
    "th{font-size:.82rem;font-weight:600;color:var(--soft);text-align:left;white-space:nowrap}\n"
    "th,td{padding:7px 14px 7px 0;border-bottom:1px solid var(--line);vertical-align:top}\n"
    "tr:last-child td{border-bottom:0}td.n,th.n{text-align:right;white-space:nowrap}\n"
    "td img{display:inline-block;height:96px;border-radius:6px;margin-right:8px}\n"
    "code{font:.86rem/1.5 ui-monospace,'DejaVu Sans Mono',monospace;overflow-wrap:anywhere}\n"
    "dl{display:grid;grid-template-columns:max-content 1fr;gap:4px 18px;margin:0}\n"
    "dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}\n"
    ".two{display:grid;gap:26px;grid-template-columns:repeat(auto-fit,minmax(min(100%,420px),1fr))}"
    "\n"
    ".foot{font-size:.85rem;color:var(--soft);margin:22px 0 0;max-width:90ch}\n"
    "@media print{body{background:#fff}section{break-inside:avoid;border-color:#bbb}}\n";

void lw_html_begin(struct lw_strbuf *b, const char *title, const char *subtitle)
{
    lw_strbuf_puts(b, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                      "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
                      "<title>");
    lw_strbuf_put_html(b, title);
    lw_strbuf_puts(b, "</title>\n<style>\n");
    lw_strbuf_puts(b, style);
    lw_strbuf_puts(b, "</style>\n</head>\n<body>\n<main>\n<h1>");
    lw_strbuf_put_html(b, title);
    lw_strbuf_puts(b, "</h1>\n");
    if (subtitle)
        lw_html_p(b, "soft", subtitle);
}

void lw_html_end(struct lw_strbuf *b, const char *foot)
{
    if (foot)
        lw_html_p(b, "foot", foot);
    lw_strbuf_puts(b, "</main>\n</body>\n</html>\n");
}

void lw_html_section(struct lw_strbuf *b, const char *heading)
{
    lw_strbuf_puts(b, "<section>\n<h2>");
    lw_strbuf_put_html(b, heading);
    lw_strbuf_puts(b, "</h2>\n");
}

void lw_html_section_end(struct lw_strbuf *b)
{
    lw_strbuf_puts(b, "</section>\n");
}

void lw_html_p(struct lw_strbuf *b, const char *class_name, const char *text)
{
    lw_strbuf_printf(b, "<p class=\"%s\">", class_name);
    lw_strbuf_put_html(b, text);
    lw_strbuf_puts(b, "</p>\n");
}

void lw_html_cards(struct lw_strbuf *b)
{
    lw_strbuf_puts(b, "<div class=\"cards\">\n");
}

void lw_html_card(struct lw_strbuf *b, const char *value, const char *name, const char *detail)
{
    lw_strbuf_puts(b, "<div><b>");
    lw_strbuf_put_html(b, value);
    lw_strbuf_puts(b, "</b>");
    lw_strbuf_put_html(b, name);
    if (detail) {
        lw_strbuf_puts(b, "<i>");
        lw_strbuf_put_html(b, detail);
        lw_strbuf_puts(b, "</i>");
    }
    lw_strbuf_puts(b, "</div>\n");
}

void lw_html_rate_card(struct lw_strbuf *b, const struct lw_rate *r, const char *name)
{
    char text[LW_RATE_TEXT], detail[LW_RATE_TEXT + 16];
    lw_rate_print(text, r);
    char *interval = strchr(text, '[');
    if (!interval) {
        lw_html_card(b, "\xE2\x80\x93", name, "nothing to count");
        return;
    }
    interval[-1] = '\0';
    snprintf(detail, sizeof(detail), "95 %% interval %s", interval);
    lw_html_card(b, text, name, detail);
}

void lw_html_cards_end(struct lw_strbuf *b)
{
    lw_strbuf_puts(b, "</div>\n");
}

void lw_count_print(char out[LW_COUNT_TEXT], int64_t n)
{
    char digits[LW_COUNT_TEXT];
    int len = snprintf(digits, sizeof(digits), "%" PRId64, n), at = 0;
    for (int i = 0; i < len; i++) {
        if (i > (digits[0] == '-') && (len - i) % 3 == 0)
            out[at++] = ',';
        out[at++] = digits[i];
    }
    out[at] = '\0';
}
