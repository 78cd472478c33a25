#include "eval/crossing_report.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "eval/html.h"
#include "eval/pairs.h"

enum { CONDITIONS_MAX = 64 };

bool lw_crossing_synthetic(const struct lw_crossing_report *r)
{
    for (size_t i = 0; i < r->n; i++)
        if (r->measured[i].bundle->synthetic)
            return true;
    return false;
}

size_t lw_crossing_conditions(const char **out, size_t most, const struct lw_vehicle_score *v,
                              size_t n)
{
    size_t kept = 0;
    for (size_t i = 0; i < n && kept < most; i++) {
        bool known = !v[i].condition[0];
        for (size_t k = 0; k < kept; k++)
            known |= strcmp(out[k], v[i].condition) == 0;
        if (!known)
            out[kept++] = v[i].condition;
    }
    return kept;
}

/* How badly it went: people not captured, people not verified, phantoms, in that order of weight.
 */
static int badness(const struct lw_vehicle_score *v)
{
    int captured = (int)(v->of[LW_RATE_CAPTURE] - v->n[LW_RATE_CAPTURE]);
    int verified = (int)(v->of[LW_RATE_TRUE_VERIFICATION] - v->n[LW_RATE_TRUE_VERIFICATION]);
    return captured * 10000 + verified * 100 + v->phantoms;
}

size_t lw_crossing_worst(size_t *out, size_t most, const struct lw_vehicle_score *v, size_t n)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        size_t at = kept;
        if (badness(&v[i]) == 0)
            continue;
        while (at > 0 && badness(&v[out[at - 1]]) < badness(&v[i]))
            at--;
        if (at == most)
            continue;
        if (kept < most)
            kept++;
        memmove(&out[at + 1], &out[at], (kept - at - 1) * sizeof(*out));
        out[at] = i;
    }
    return kept;
}

/* ---- summary.json ---- */

static void put_rate(struct lw_strbuf *b, const char *indent, const char *key,
                     const struct lw_rate *r)
{
    lw_strbuf_printf(b, "%s", indent);
    lw_json_put_string(b, key);
    lw_strbuf_puts(b, ": ");
    lw_rate_put_json(b, r);
}

static bool is_row(size_t rate)
{
    return rate >= LW_RATE_CAPTURE_ROW1 && rate <= LW_RATE_CAPTURE_ROW3;
}

/* All rates of a list, capture by row in an object of its own; no comma at the end. */
static void put_rates(struct lw_strbuf *b, const char *indent, const struct lw_rate *rates)
{
    for (size_t i = 0; i < LW_CROSSING_RATES; i++) {
        if (is_row(i))
            continue;
        put_rate(b, indent, lw_crossing_rate_name((enum lw_crossing_rate)i), &rates[i]);
        lw_strbuf_puts(b, ",\n");
    }
    lw_strbuf_printf(b, "%s\"capture_rate_by_row\": {", indent);
    for (size_t i = LW_RATE_CAPTURE_ROW1; i <= LW_RATE_CAPTURE_ROW3; i++)
        put_rate(b, i > LW_RATE_CAPTURE_ROW1 ? ", " : "",
                 lw_crossing_rate_name((enum lw_crossing_rate)i), &rates[i]);
    lw_strbuf_puts(b, "}");
}

static int put_conditions(struct lw_strbuf *b, const char *indent, const struct lw_vehicle_score *v,
                          size_t n)
{
    const char *names[CONDITIONS_MAX];
    size_t n_names = lw_crossing_conditions(names, CONDITIONS_MAX, v, n);
    LW_AUTO_STRBUF all = LW_STRBUF_INIT;
    lw_strbuf_printf(b, "%s\"capture_rate_by_condition\": {", indent);
    for (size_t i = 0; i < n_names; i++) {
        struct lw_rate rates[LW_CROSSING_RATES];
        int r = lw_crossing_rates(rates, v, n, names[i]);
        if (r < 0)
            return r;
        put_rate(b, i ? ", " : "", names[i], &rates[LW_RATE_CAPTURE]);
        lw_strbuf_printf(&all, "%s%s  ", i ? ",\n" : "", indent);
        lw_json_put_string(&all, names[i]);
        lw_strbuf_puts(&all, ": {\n");
        put_rates(&all, "      ", rates);
        lw_strbuf_printf(&all, "\n%s  }", indent);
    }
    lw_strbuf_printf(b, "},\n%s\"by_condition\": {\n%s\n%s}", indent, lw_strbuf_peek(&all), indent);
    return lw_strbuf_err(&all);
}

static size_t count_people(const struct lw_crossing_report *r, bool opted_out)
{
    size_t n = 0;
    for (size_t i = 0; i < r->n; i++)
        for (size_t k = 0; k < r->scores[i].n_people; k++)
            n += r->scores[i].people[k].opted_out == opted_out;
    return n;
}

static void put_number(struct lw_strbuf *b, const char *key, double x)
{
    lw_strbuf_printf(b, "  \"%s\": ", key);
    lw_json_put_double(b, x);
}

int lw_crossing_report_put_json(struct lw_strbuf *b, const struct lw_crossing_report *r)
{
    lw_strbuf_printf(b, "{\n  \"vehicles\": %zu,\n  \"occupants\": %zu,\n  \"opted_out\": %zu,\n",
                     r->n, count_people(r, false), count_people(r, true));
    lw_strbuf_printf(b, "  \"synthetic\": %s,\n", lw_crossing_synthetic(r) ? "true" : "false");
    put_rates(b, "  ", r->rates);
    lw_strbuf_puts(b, ",\n");
    int e = put_conditions(b, "  ", r->scores, r->n);
    if (e < 0)
        return e;
    lw_strbuf_puts(b, ",\n  \"oracle\": ");
    if (r->oracle) {
        lw_strbuf_puts(b, "{\n");
        put_rates(b, "    ", r->oracle_rates);
        lw_strbuf_puts(b, ",\n");
        if ((e = put_conditions(b, "    ", r->oracle, r->n)) < 0)
            return e;
        lw_strbuf_puts(b, "\n  }");
    } else {
        lw_strbuf_puts(b, "null");
    }
    lw_strbuf_puts(b, ",\n  \"answer_ms\": {\"p50\": ");
    lw_json_put_double(b, r->answer_p50_ms);
    lw_strbuf_puts(b, ", \"p95\": ");
    lw_json_put_double(b, r->answer_p95_ms);
    lw_strbuf_puts(b, "},\n");
    put_number(b, "cpu_ms_per_vehicle", r->cpu_ms_per_vehicle);
    lw_strbuf_puts(b, ",\n");
    put_number(b, "wall_ms_per_vehicle", r->wall_ms_per_vehicle);
    if (r->ablated.n) {
        lw_strbuf_puts(b, ",\n  \"ablation\": ");
        lw_ablated_put_json(b, &r->ablated);
    }
    lw_strbuf_puts(b, "\n}\n");
    return lw_strbuf_err(b);
}

/* ---- occupants.csv ---- */

static const char *document_id(const struct lw_bundle *bundle, int document)
{
    return document >= 0 ? bundle->documents[document].id : "";
}

static void put_reasons(struct lw_strbuf *b, uint32_t reasons)
{
    const char *separator = "";
    for (unsigned i = 0; i < LW_REASONS; i++)
        if (reasons & (1u << i)) {
            lw_strbuf_printf(b, "%s%s", separator, lw_reason_name((enum lw_reason)i));
            separator = " ";
        }
}

/* The columns that the answer gives; empty ones where nobody stands for the person. */
static void put_answer(struct lw_strbuf *b, const struct lw_measured *m,
                       const struct lw_person_score *p)
{
    if (p->answered < 0) {
        lw_strbuf_puts(b, ",,,,,,,");
        return;
    }
    const struct lw_occupant *o = &m->outcome->occupants[p->answered];
    lw_strbuf_printf(b, "%s,", o->seat);
    lw_csv_put(b, document_id(m->bundle, o->document));
    lw_strbuf_putc(b, ',');
    if (o->has_score)
        lw_json_put_float(b, o->score);
    lw_strbuf_printf(b, ",%s,", o->decision == LW_VERIFIED ? "verified" : "referral");
    put_reasons(b, o->reasons);
    lw_strbuf_printf(b, ",%.3f,%.1f,%d", (double)p->iou, (double)p->inter_eye_px, o->frames_seen);
}

static void put_person(struct lw_strbuf *b, const struct lw_crossing_report *r, size_t vehicle,
                       size_t person)
{
    const struct lw_measured *m = &r->measured[vehicle];
    const struct lw_vehicle_score *v = &r->scores[vehicle];
    const struct lw_person_score *p = &v->people[person];
    const struct lw_truth_occupant *t = &m->truth->occupants[person];
    lw_csv_put(b, m->folder);
    lw_strbuf_putc(b, ',');
    lw_csv_put(b, v->condition);
    lw_strbuf_printf(b, ",%zu,", m->bundle->n_cameras);
    lw_csv_put(b, t->person);
    lw_strbuf_printf(b, ",%s,", t->seat);
    lw_csv_put(b, document_id(m->bundle, t->document));
    lw_strbuf_putc(b, ',');
    lw_csv_put(b, document_id(m->bundle, t->claims));
    lw_strbuf_printf(b, ",%d,%d,%d,%d,", p->opted_out, p->answered >= 0, p->captured, p->verified);
    if (r->oracle)
        lw_strbuf_printf(b, "%d,%d", r->oracle[vehicle].people[person].captured,
                         r->oracle[vehicle].people[person].verified);
    else
        lw_strbuf_putc(b, ',');
    lw_strbuf_putc(b, ',');
    put_answer(b, m, p);
    lw_strbuf_printf(b, ",%" PRId64 ",%.0f,%.2f\n", p->truth_frames, (double)p->truth_height_px,
                     (double)p->truth_visible);
}

void lw_crossing_report_put_csv(struct lw_strbuf *b, const struct lw_crossing_report *r)
{
    lw_strbuf_puts(b, "bundle,condition,cameras,person,seat,document,claims,opted_out,detected,"
                      "captured,verified,oracle_captured,oracle_verified,answered_seat,"
                      "answered_document,score,decision,reasons,iou,inter_eye_px,frames_seen,"
                      "truth_frames,truth_height_px,truth_visible\n");
    for (size_t i = 0; i < r->n; i++)
        for (size_t k = 0; k < r->scores[i].n_people; k++)
            put_person(b, r, i, k);
}

void lw_crossing_report_put_vehicles(struct lw_strbuf *b, const struct lw_crossing_report *r)
{
    lw_strbuf_puts(b, "bundle,condition,cameras,occupants,captured,documented,verified,phantoms,"
                      "answer_ms,wall_ms,cpu_ms\n");
    for (size_t i = 0; i < r->n; i++) {
        const struct lw_measured *m = &r->measured[i];
        const struct lw_vehicle_score *v = &r->scores[i];
        lw_csv_put(b, m->folder);
        lw_strbuf_putc(b, ',');
        lw_csv_put(b, v->condition);
        lw_strbuf_printf(b, ",%zu,%.0f,%.0f,%.0f,%.0f,%d,%.1f,%.1f,%.1f\n", m->bundle->n_cameras,
                         v->of[LW_RATE_CAPTURE], v->n[LW_RATE_CAPTURE],
                         v->of[LW_RATE_TRUE_VERIFICATION], v->n[LW_RATE_TRUE_VERIFICATION],
                         v->phantoms, m->answer_ms, m->wall_ms, m->cpu_ms);
    }
}

/* ---- the terminal ---- */

static const char *const titles[LW_CROSSING_RATES] = {"occupants captured",
                                                      "  row 1",
                                                      "  row 2",
                                                      "  row 3",
                                                      "vehicles complete",
                                                      "  windshield camera alone",
                                                      "true verification",
                                                      "vehicles wholly verified",
                                                      "  all of them documented",
                                                      "false verification",
                                                      "undeclared people noticed",
                                                      "vehicles with a phantom"};

void lw_crossing_report_put_text(struct lw_strbuf *b, const struct lw_crossing_report *r)
{
    lw_strbuf_printf(
        b, "%zu vehicles, %zu occupants (%zu more opted out)%s\n\n%-27s %15s  %-24s  %s\n", r->n,
        count_people(r, false), count_people(r, true),
        lw_crossing_synthetic(r) ? ", synthetic" : "", "", "count", "rate [95 % interval]",
        r->oracle ? "oracle" : "");
    for (size_t i = 0; i < LW_CROSSING_RATES; i++) {
        char rate[LW_RATE_TEXT], oracle[LW_RATE_TEXT] = "", count[LW_RATE_TEXT];
        lw_rate_print(rate, &r->rates[i]);
        if (r->oracle)
            lw_rate_print(oracle, &r->oracle_rates[i]);
        snprintf(count, sizeof(count), "%.0f of %.0f", r->rates[i].n, r->rates[i].of);
        lw_strbuf_printf(b, "%-27s %15s  %-24s  %s\n", titles[i], count, rate, oracle);
    }
    lw_strbuf_printf(
        b,
        "\nanswer after the last frame %.0f ms (p95 %.0f); per vehicle %.0f ms of CPU, "
        "%.0f ms wall\n",
        r->answer_p50_ms, r->answer_p95_ms, r->cpu_ms_per_vehicle, r->wall_ms_per_vehicle);
    if (r->ablated.n)
        lw_ablated_put_text(b, &r->ablated);
}
