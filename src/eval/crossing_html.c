#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "eval/crossing_report.h"
#include "eval/html.h"
#include "img/codec.h"
#include "img/image.h"

static const char *const titles[LW_CROSSING_RATES] = {"Occupants captured",
                                                      "Occupants captured, row 1",
                                                      "Occupants captured, row 2",
                                                      "Occupants captured, row 3",
                                                      "Vehicles complete",
                                                      "Vehicles complete, windshield camera alone",
                                                      "True verification",
                                                      "Vehicles wholly verified",
                                                      "Vehicles wholly verified, all documented",
                                                      "False verification",
                                                      "Undeclared people noticed",
                                                      "Vehicles with a phantom occupant"};

static void put_cards(struct lw_strbuf *b, const struct lw_crossing_report *r)
{
    static const enum lw_crossing_rate shown[] = {
        LW_RATE_VEHICLE_COMPLETENESS, LW_RATE_CAPTURE,    LW_RATE_TRUE_VERIFICATION,
        LW_RATE_FALSE_VERIFICATION,   LW_RATE_UNDECLARED, LW_RATE_PHANTOM};
    char answer[32], cpu[32];
    lw_html_cards(b);
    for (size_t i = 0; i < LW_COUNT(shown); i++)
        lw_html_rate_card(b, &r->rates[shown[i]], titles[shown[i]]);
    snprintf(answer, sizeof(answer), "%.0f ms", r->answer_p95_ms);
    lw_html_card(b, answer, "answer after the last frame", "95th percentile");
    snprintf(cpu, sizeof(cpu), "%.1f s", r->cpu_ms_per_vehicle / 1000);
    lw_html_card(b, cpu, "CPU time per vehicle", NULL);
    lw_html_cards_end(b);
}

static void put_rate_row(struct lw_strbuf *b, const struct lw_crossing_report *r, size_t i)
{
    char rate[LW_RATE_TEXT], oracle[LW_RATE_TEXT] = "";
    lw_rate_print(rate, &r->rates[i]);
    if (r->oracle)
        lw_rate_print(oracle, &r->oracle_rates[i]);
    lw_strbuf_printf(b,
                     "<tr><td>%s</td><td class=\"n\">%.0f of %.0f</td><td class=\"n\">%s</td>"
                     "<td class=\"n soft\">%s</td></tr>\n",
                     titles[i], r->rates[i].n, r->rates[i].of, rate, oracle);
}

static void put_rates(struct lw_strbuf *b, const struct lw_crossing_report *r)
{
    lw_html_section(b, "All rates");
    lw_strbuf_puts(b, "<div class=\"scroll\"><table><thead><tr><th></th><th class=\"n\">count</th>"
                      "<th class=\"n\">rate [95 % interval]</th><th class=\"n\">oracle: truth boxes"
                      "</th></tr></thead><tbody>\n");
    for (size_t i = 0; i < LW_CROSSING_RATES; i++)
        put_rate_row(b, r, i);
    lw_strbuf_puts(b, "</tbody></table></div>\n");
    lw_html_p(b, "foot",
              "Captured: a best shot overlaps the person's true box (IoU at least 0.3), the eyes "
              "are at least 20 pixels apart, and the shot meets the verify requirements. The "
              "oracle uses the true boxes in place of detection and tracking: what these data and "
              "networks allow. Intervals: vehicles drawn with replacement, never narrower than "
              "Wilson's.");
    lw_html_section_end(b);
}

static void put_funnel(struct lw_strbuf *b, const struct lw_crossing_report *r)
{
    lw_html_section(b, "How far documented occupants got");
    lw_strbuf_puts(b, "<div class=\"scroll\">\n");
    lw_funnel_put(b, r->funnels, r->n_funnels);
    lw_strbuf_puts(b, "</div>\n");
    lw_html_p(b, "foot",
              "Detected: an answered occupant stands for the person. Validated: captured, as "
              "above. Compared: held against a document. Verified: as the own one. Camera rows: "
              "people to be seen by that camera, from validated on only where one of the (at most "
              "three) best shots came from it.");
    lw_html_section_end(b);
}

static int put_conditions(struct lw_strbuf *b, const struct lw_crossing_report *r)
{
    static const enum lw_crossing_rate shown[] = {LW_RATE_VEHICLE_COMPLETENESS, LW_RATE_CAPTURE,
                                                  LW_RATE_TRUE_VERIFICATION,
                                                  LW_RATE_VEHICLE_VERIFIED_DOCUMENTED};
    const char *names[64];
    size_t n = lw_crossing_conditions(names, LW_COUNT(names), r->scores, r->n);
    lw_html_section(b, "By condition");
    lw_strbuf_puts(
        b, "<div class=\"scroll\"><table><thead><tr><th></th><th class=\"n\">vehicles</th>");
    for (size_t i = 0; i < LW_COUNT(shown); i++)
        lw_strbuf_printf(b, "<th class=\"n\">%s</th>", titles[shown[i]]);
    lw_strbuf_puts(b, "</tr></thead><tbody>\n");
    for (size_t i = 0; i < n; i++) {
        struct lw_rate rates[LW_CROSSING_RATES];
        int e = lw_crossing_rates(rates, r->scores, r->n, names[i]);
        if (e < 0)
            return e;
        lw_strbuf_puts(b, "<tr><td>");
        lw_strbuf_put_html(b, names[i]);
        lw_strbuf_printf(b, "</td><td class=\"n\">%.0f</td>", rates[LW_RATE_PHANTOM].of);
        for (size_t k = 0; k < LW_COUNT(shown); k++) {
            char text[LW_RATE_TEXT];
            lw_rate_print(text, &rates[shown[k]]);
            lw_strbuf_printf(b, "<td class=\"n\">%s</td>", text);
        }
        lw_strbuf_puts(b, "</tr>\n");
    }
    lw_strbuf_puts(b, "</tbody></table></div>\n");
    lw_html_section_end(b);
    return LW_OK;
}

struct spent {
    size_t vehicles;
    double answer_ms, worst_ms, wall_ms, cpu_ms; /* sums, but the worst answer */
};

static void put_spent(struct lw_strbuf *b, const char *name, const struct spent *s)
{
    const double n = (double)s->vehicles;
    if (s->vehicles)
        lw_strbuf_printf(b,
                         "<tr><td>%s</td><td class=\"n\">%zu</td><td class=\"n\">%.0f ms</td>"
                         "<td class=\"n\">%.0f ms</td><td class=\"n\">%.2f s</td>"
                         "<td class=\"n\">%.2f s</td></tr>\n",
                         name, s->vehicles, s->answer_ms / n, s->worst_ms, s->wall_ms / n / 1000,
                         s->cpu_ms / n / 1000);
}

static void spend(struct spent *s, const struct lw_measured *m)
{
    s->vehicles++;
    s->answer_ms += m->answer_ms;
    s->worst_ms = fmax(s->worst_ms, m->answer_ms);
    s->wall_ms += m->wall_ms;
    s->cpu_ms += m->cpu_ms;
}

static void put_times(struct lw_strbuf *b, const struct lw_crossing_report *r)
{
    struct spent all = {0}, by_cameras[LW_BUNDLE_CAMERAS_MAX + 1] = {0};
    for (size_t i = 0; i < r->n; i++) {
        spend(&all, &r->measured[i]);
        spend(&by_cameras[r->measured[i].bundle->n_cameras], &r->measured[i]);
    }
    lw_html_section(b, "Time and work per vehicle");
    lw_strbuf_puts(b, "<div class=\"scroll\"><table><thead><tr><th></th><th class=\"n\">vehicles"
                      "</th><th class=\"n\">answer, mean</th><th class=\"n\">answer, longest</th>"
                      "<th class=\"n\">wall time, mean</th><th class=\"n\">CPU time, mean</th></tr>"
                      "</thead><tbody>\n");
    put_spent(b, "all", &all);
    for (size_t c = 1; c <= LW_BUNDLE_CAMERAS_MAX; c++) {
        char name[32];
        snprintf(name, sizeof(name), "%zu camera%s", c, c > 1 ? "s" : "");
        put_spent(b, name, &by_cameras[c]);
    }
    lw_strbuf_puts(b, "</tbody></table></div>\n");
    lw_html_p(b, "foot",
              "Answer: from the last decoded frame to the outcome, frames fed as fast as they are "
              "taken. Each vehicle's times are in vehicles.csv.");
    lw_html_section_end(b);
}

static int put_frame(struct lw_strbuf *b, const struct lw_worst_frame *f, struct lw_why *why)
{
    LW_AUTO_MEM(uint8_t) jpeg = NULL;
    size_t n;
    int r = lw_image_encode_jpeg(f->image, 80, &jpeg, &n, why);
    if (r < 0)
        return r;
    lw_strbuf_puts(b, "<figure><img class=\"wide\" alt=\"\" src=\"data:image/jpeg;base64,");
    lw_strbuf_put_base64(b, (struct lw_span){.data = jpeg, .n = n});
    lw_strbuf_puts(b, "\"><figcaption>");
    lw_strbuf_put_html(b, f->camera);
    lw_strbuf_printf(b, ", frame %lld</figcaption></figure>\n", (long long)f->frame);
    return LW_OK;
}

/* What became of one person, in words. */
static void put_fate(struct lw_strbuf *b, const struct lw_measured *m,
                     const struct lw_person_score *p)
{
    if (p->opted_out) {
        lw_strbuf_puts(b, "opted out");
        return;
    }
    if (p->answered < 0) {
        lw_strbuf_puts(b, "not seen");
        return;
    }
    const struct lw_occupant *o = &m->outcome->occupants[p->answered];
    lw_strbuf_puts(b, p->verified ? "verified" : p->captured ? "captured" : "seen, not captured");
    if (o->has_score)
        lw_strbuf_printf(b, ", score %.3f", (double)o->score);
    for (unsigned i = 0; i < LW_REASONS; i++)
        if (o->reasons & (1u << i))
            lw_strbuf_printf(b, ", %s", lw_reason_name((enum lw_reason)i));
}

static int put_worst(struct lw_strbuf *b, const struct lw_crossing_report *r,
                     const struct lw_worst *w, struct lw_why *why)
{
    const struct lw_measured *m = &r->measured[w->vehicle];
    const struct lw_vehicle_score *v = &r->scores[w->vehicle];
    char heading[160];
    int e = LW_OK;
    snprintf(heading, sizeof(heading), "%.80s: %.0f of %.0f captured%s%.40s", m->folder,
             v->n[LW_RATE_CAPTURE], v->of[LW_RATE_CAPTURE], v->condition[0] ? ", " : "",
             v->condition);
    lw_html_section(b, heading);
    lw_strbuf_puts(b, "<ul>\n");
    for (size_t i = 0; i < v->n_people; i++) {
        lw_strbuf_puts(b, "<li>");
        lw_strbuf_put_html(b, m->truth->occupants[i].seat);
        lw_strbuf_puts(b, ": ");
        put_fate(b, m, &v->people[i]);
        lw_strbuf_puts(b, "</li>\n");
    }
    if (v->phantoms)
        lw_strbuf_printf(b,
                         "<li>answered occupants who stand for nobody: %d (%d on a distractor, "
                         "%d on somebody already answered for)</li>\n",
                         v->phantoms, v->phantoms_on_distractors, v->duplicates);
    lw_strbuf_puts(b, "</ul>\n<div class=\"plots\">\n");
    for (size_t i = 0; e == LW_OK && i < w->n_frames; i++)
        e = put_frame(b, &w->frames[i], why);
    lw_strbuf_puts(b, "</div>\n");
    lw_html_section_end(b);
    return e;
}

static void put_facts(struct lw_strbuf *b, const struct lw_crossing_report *r)
{
    const char *const facts[][2] = {{"Command", r->command},
                                    {"Data", r->data},
                                    {"Matcher", r->matcher},
                                    {"Program", "lanewise " LW_VERSION},
                                    {"Made", r->made}};
    lw_html_section(b, "What was measured");
    lw_strbuf_puts(b, "<dl>\n");
    for (size_t i = 0; i < LW_COUNT(facts); i++) {
        lw_strbuf_printf(b, "<dt>%s</dt><dd>", facts[i][0]);
        lw_strbuf_put_html(b, facts[i][1]);
        lw_strbuf_puts(b, "</dd>\n");
    }
    lw_strbuf_puts(b, "</dl>\n");
    lw_html_section_end(b);
}

int lw_crossing_report_put_html(struct lw_strbuf *b, const struct lw_crossing_report *r,
                                struct lw_why *why)
{
    char subtitle[160];
    snprintf(subtitle, sizeof(subtitle),
             "%zu vehicles, %.0f occupants. A face not acquired counts "
             "as not verified.",
             r->n, r->rates[LW_RATE_CAPTURE].of);
    lw_html_begin(b, "Everyone in the car", subtitle);
    if (lw_crossing_synthetic(r))
        lw_html_p(b, "note",
                  "Synthetic crossings: what is measured here says how the program does "
                  "on this simulation, not in a lane.");
    put_cards(b, r);
    put_rates(b, r);
    put_funnel(b, r);
    if (r->ablated.n)
        lw_ablated_put_html(b, &r->ablated);
    if (put_conditions(b, r) < 0)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory");
    put_times(b, r);
    put_facts(b, r);
    for (size_t i = 0; i < r->n_worst; i++) {
        int e = put_worst(b, r, &r->worst[i], why);
        if (e < 0)
            return e;
    }
    lw_html_end(b, "Made by lanewise " LW_VERSION
                   ". Below the figures: the vehicles that went worst. Frames show people: handle "
                   "this page as you handle their pictures.");
    return LW_OK;
}
