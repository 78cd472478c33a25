#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "eval/curves.h"
#include "eval/html.h"
#include "eval/plot.h"
#include "eval/verification.h"
#include "img/codec.h"
#include "img/geom.h"

enum { WORST_SHOWN = 20, MISSED_SHOWN = 200, THUMB_PX = 96 };

enum { AT_001 = 2, AT_00001 = 4 }; /* places of FMR 0.1 % and 0.01 % in lw_fmr_targets */

static void put_cards(struct lw_strbuf *b, const struct lw_verification *v)
{
    char auc[32];
    lw_html_cards(b);
    lw_html_rate_card(b, &v->est.fnmr[AT_001], "FNMR at FMR 0.1 %");
    lw_html_rate_card(b, &v->est.fnmr[AT_00001], "FNMR at FMR 0.01 %");
    lw_html_rate_card(b, &v->fta, "failure to acquire");
    lw_html_rate_card(b, &v->est.eer, "equal error rate");
    lw_html_rate_card(b, &v->accuracy, "accuracy, ten folds");
    snprintf(auc, sizeof(auc), "%.5f", v->est.auc.value);
    lw_html_card(b, isnan(v->est.auc.value) ? "\xE2\x80\x93" : auc, "area under the ROC curve",
                 NULL);
    lw_html_cards_end(b);
}

static void put_facts(struct lw_strbuf *b, const struct lw_verification *v,
                      const struct lw_verification_story *story)
{
    char genuine[LW_COUNT_TEXT], impostor[LW_COUNT_TEXT];
    lw_count_print(genuine, v->scores->genuine);
    lw_count_print(impostor, v->scores->impostor);
    lw_html_section(b, "What was measured");
    lw_strbuf_puts(b, "<dl>\n");
    for (size_t i = 0; i < story->n_facts; i++) {
        lw_strbuf_puts(b, "<dt>");
        lw_strbuf_put_html(b, story->facts[i].name);
        lw_strbuf_puts(b, "</dt><dd>");
        lw_strbuf_put_html(b, story->facts[i].value);
        lw_strbuf_puts(b, "</dd>\n");
    }
    lw_strbuf_printf(b,
                     "<dt>Comparisons</dt><dd>%s genuine (one person), %s impostor (two people)"
                     "</dd>\n</dl>\n",
                     genuine, impostor);
    lw_html_section_end(b);
}

static void put_rates(struct lw_strbuf *b, const struct lw_verification *v)
{
    lw_html_section(b, "Misses at a given rate of false matches");
    lw_strbuf_puts(b, "<div class=\"scroll\"><table><thead><tr><th>FMR at most</th>"
                      "<th class=\"n\">threshold</th><th class=\"n\">false matches</th>"
                      "<th class=\"n\">misses</th><th class=\"n\">FNMR [95 % interval]</th></tr>"
                      "</thead><tbody>\n");
    for (size_t i = 0; i < LW_FMR_TARGETS; i++) {
        char rate[LW_RATE_TEXT];
        lw_rate_print(rate, &v->est.fnmr[i]);
        lw_strbuf_printf(b,
                         "<tr><td>%.4g %%</td><td class=\"n\">%.4f</td><td class=\"n\">%" PRId64
                         "</td><td class=\"n\">%.0f of %.0f</td><td class=\"n\">%s</td></tr>\n",
                         100 * lw_fmr_targets[i], (double)v->est.threshold[i],
                         v->est.false_matches[i], v->est.fnmr[i].n, v->est.fnmr[i].of, rate);
    }
    lw_strbuf_puts(b, "</tbody></table></div>\n");
    lw_html_section_end(b);
}

static void begin_figure(struct lw_strbuf *b)
{
    lw_strbuf_puts(b, "<figure>\n");
}

static void end_figure(struct lw_strbuf *b, const char *caption)
{
    lw_strbuf_puts(b, "<figcaption>");
    lw_strbuf_put_html(b, caption);
    lw_strbuf_puts(b, "</figcaption></figure>\n");
}

/* The lowest FMR worth drawing: that of one false match. */
static double lowest_fmr(const struct lw_scores *s)
{
    return fmax(1e-7, 0.7 / fmax(2, (double)s->impostor));
}

static void put_det(struct lw_strbuf *b, const struct lw_verification *v,
                    const struct lw_tradeoff *t)
{
    const double low = fmin(lowest_fmr(v->scores), 0.01);
    const double low_y = fmax(1e-4, 0.5 / fmax(2, (double)v->scores->genuine));
    const double equal[] = {fmax(low, low_y), 0.4};
    const struct lw_curve curves[] = {
        {NULL, LW_CURVE_DASHED, 0, 2, equal, equal},
        {"FNMR at FMR", LW_CURVE_LINE, 0, t->n, t->fmr, t->fnmr},
    };
    char eer[LW_RATE_TEXT + 16], rate[LW_RATE_TEXT];
    lw_rate_print(rate, &v->est.eer);
    snprintf(eer, sizeof(eer), "EER %.2f %%", 100 * v->est.eer.value);
    const struct lw_mark marks[] = {
        {v->est.eer.value, v->est.eer.value, eer, rate, 2},
        {30 / fmax(1, (double)v->scores->impostor), NAN, "30 false matches", NULL, 0},
    };
    const struct lw_plot plot = {
        .title = "Detection error trade-off",
        .x = {LW_SCALE_PROBIT, low, 0.4, "false match rate (FMR)", true},
        .y = {LW_SCALE_PROBIT, fmin(low_y, 0.01), 0.4, "false non-match rate (FNMR)", true},
        .n_curves = LW_COUNT(curves),
        .curves = curves,
        .n_marks = LW_COUNT(marks),
        .marks = marks,
        .band = {LW_BAND_POINTS, v->est.band_fmr, v->est.band_low, v->est.band_high, 0},
    };
    begin_figure(b);
    lw_plot_put(b, &plot);
    end_figure(b, "Detection error trade-off on normal deviate axes, with the pointwise 95 % band. "
                  "Left of the dotted line fewer than 30 false matches stand behind the curve.");
}

static void put_roc(struct lw_strbuf *b, const struct lw_verification *v,
                    const struct lw_tradeoff *t)
{
    struct lw_mark marks[LW_FMR_TARGETS];
    char hints[LW_FMR_TARGETS][LW_RATE_TEXT + 48];
    double low = 1;
    for (size_t i = 0; i < LW_FMR_TARGETS; i++) {
        char rate[LW_RATE_TEXT];
        lw_rate_print(rate, &v->est.fnmr[i]);
        snprintf(hints[i], sizeof(hints[i]), "FMR %s: FNMR %s", lw_fmr_target_names[i], rate);
        marks[i] = (struct lw_mark){lw_fmr_targets[i], 1 - v->est.fnmr[i].value, NULL, hints[i], 0};
    }
    for (size_t i = 0; i < t->n; i++)
        if (t->tmr[i] < low)
            low = t->tmr[i];
    const struct lw_curve curve = {"true matches", LW_CURVE_LINE, 0, t->n, t->fmr, t->tmr};
    const struct lw_plot plot = {
        .title = "Receiver operating characteristic",
        .x = {LW_SCALE_LOG, fmin(lowest_fmr(v->scores), 0.01), 1, "false match rate (FMR)", true},
        .y = {LW_SCALE_LINEAR, fmin(0.9, floor(low * 20) / 20), 1, "1 - FNMR", true},
        .n_curves = 1,
        .curves = &curve,
        .n_marks = LW_FMR_TARGETS,
        .marks = marks,
    };
    begin_figure(b);
    lw_plot_put(b, &plot);
    end_figure(b, "Receiver operating characteristic. Dots: the rows of the table above; the "
                  "vertical axis does not begin at zero.");
}

static void put_histograms(struct lw_strbuf *b, const struct lw_verification *v,
                           const struct lw_histogram *h)
{
    enum { N = 2 * LW_HISTOGRAM_BARS };
    const struct lw_curve shares[] = {
        {"impostor", LW_CURVE_AREA, 1, N, h->x, h->impostor},
        {"genuine", LW_CURVE_AREA, 0, N, h->x, h->genuine},
    };
    const struct lw_curve counts[] = {
        {"impostor", LW_CURVE_AREA, 1, N, h->x, h->impostor_count},
        {"genuine", LW_CURVE_AREA, 0, N, h->x, h->genuine_count},
    };
    const struct lw_mark marks[] = {
        {(double)v->est.threshold[AT_00001], NAN, "FMR 0.01 %", NULL, 0},
    };
    const double most = fmax(h->genuine_most, h->impostor_most);
    struct lw_plot plot = {
        .title = "Scores, share of each kind",
        .x = {LW_SCALE_LINEAR, h->low, h->high, "similarity", false},
        .y = {LW_SCALE_LINEAR, 0, fmax(1e-6, most * 1.06), "share of the comparisons", true},
        .n_curves = LW_COUNT(shares),
        .curves = shares,
        .n_marks = LW_COUNT(marks),
        .marks = marks,
    };
    begin_figure(b);
    lw_plot_put(b, &plot);
    end_figure(b, "Similarities, each kind of comparison as shares of its own number.");
    plot.title = "Scores, numbers";
    plot.y = (struct lw_axis){
        LW_SCALE_LOG, 0.7, fmax(10, 2 * most * (double)(v->scores->impostor + v->scores->genuine)),
        "comparisons", false};
    plot.curves = counts;
    begin_figure(b);
    lw_plot_put(b, &plot);
    end_figure(b, "The same in numbers on a logarithmic axis: where the two kinds meet.");
}

static int put_plots(struct lw_strbuf *b, const struct lw_verification *v)
{
    struct lw_tradeoff t;
    LW_AUTO_MEM(struct lw_histogram) h = malloc(sizeof(*h));
    if (!h || lw_tradeoff_init(&t, v->scores) < 0)
        return LW_ENOMEM;
    lw_histogram_fill(h, v->scores);
    lw_html_section(b, "Plots");
    lw_strbuf_puts(b, "<div class=\"plots\">\n");
    if (v->scores->genuine && v->scores->impostor) {
        put_det(b, v, &t);
        put_roc(b, v, &t);
    }
    put_histograms(b, v, h);
    lw_strbuf_puts(b, "</div>\n");
    lw_html_section_end(b);
    lw_tradeoff_clear(&t);
    return LW_OK;
}

/* A small copy of the picture as a data: URL. */
static int put_picture(struct lw_strbuf *b, const char *path, struct lw_why *why)
{
    LW_AUTO(lw_image) image = NULL;
    LW_AUTO(lw_image) small = NULL;
    LW_AUTO_MEM(uint8_t) jpeg = NULL;
    struct lw_decode_opts opts = LW_DECODE_DEFAULTS;
    size_t n;
    opts.want_side = 2 * THUMB_PX;
    int r = lw_image_load(&image, path, &opts, why);
    if (r < 0)
        return r;
    int width = lw_maxi(1, image->width * THUMB_PX / image->height);
    if ((r = lw_image_resize(&small, image, width, THUMB_PX)) < 0 ||
        (r = lw_image_encode_jpeg(small, 80, &jpeg, &n, why)) < 0)
        return r;
    lw_strbuf_puts(b, "<img alt=\"\" src=\"data:image/jpeg;base64,");
    lw_strbuf_put_base64(b, (struct lw_span){.data = jpeg, .n = n});
    lw_strbuf_puts(b, "\">");
    return LW_OK;
}

static int put_pair(struct lw_strbuf *b, const struct lw_comparison *c,
                    const struct lw_verification_story *story, struct lw_why *why)
{
    const struct lw_shown shown = story->shown(story->ctx, c);
    int r = LW_OK;
    lw_strbuf_printf(b, "<tr><td class=\"n\">%.4f</td><td>", (double)c->score);
    if (story->pictures && ((r = put_picture(b, shown.path_x, why)) < 0 ||
                            (r = put_picture(b, shown.path_y, why)) < 0))
        return r;
    lw_strbuf_puts(b, "<code>");
    lw_strbuf_put_html(b, shown.name_x);
    lw_strbuf_puts(b, "</code> <span class=\"soft\">and</span> <code>");
    lw_strbuf_put_html(b, shown.name_y);
    lw_strbuf_puts(b, "</code></td></tr>\n");
    return r;
}

static int put_worst(struct lw_strbuf *b, const struct lw_verification *v,
                     const struct lw_verification_story *story, struct lw_why *why)
{
    static const char head[] = "<div class=\"scroll\"><table><thead><tr><th class=\"n\">score</th>"
                               "<th>pictures</th></tr></thead><tbody>\n";
    static const char tail[] = "</tbody></table></div>\n";
    const struct lw_scores *s = v->scores;
    int r = LW_OK;
    lw_strbuf_puts(b, "<div class=\"two\">\n");
    lw_html_section(b, "Lowest genuine scores");
    lw_strbuf_puts(b, head);
    for (size_t i = 0; r == LW_OK && i < WORST_SHOWN && i < s->n_genuine; i++)
        r = put_pair(b, &s->matches[s->n_genuine - 1 - i], story, why);
    lw_strbuf_puts(b, tail);
    lw_html_section_end(b);
    lw_html_section(b, "Highest impostor scores");
    lw_strbuf_puts(b, head);
    for (size_t i = 0; r == LW_OK && i < WORST_SHOWN && i < s->n_top; i++)
        r = put_pair(b, &s->top[i], story, why);
    lw_strbuf_puts(b, tail);
    lw_html_section_end(b);
    lw_strbuf_puts(b, "</div>\n");
    return r;
}

static void put_missed(struct lw_strbuf *b, const struct lw_verification *v,
                       const struct lw_verification_story *story)
{
    char rate[LW_RATE_TEXT];
    lw_rate_print(rate, &v->fta);
    lw_html_section(b, "Failures to acquire");
    lw_strbuf_printf(b,
                     "<p>%zu of %.0f photographs: %s. Every comparison with one of them counts "
                     "as a non-match.</p>\n",
                     story->n_missed, v->fta.of, rate);
    if (story->n_missed)
        lw_strbuf_puts(b, "<ul>\n");
    for (size_t i = 0; i < story->n_missed && i < MISSED_SHOWN; i++) {
        lw_strbuf_puts(b, "<li><code>");
        lw_strbuf_put_html(b, story->missed[i]);
        lw_strbuf_puts(b, "</code></li>\n");
    }
    if (story->n_missed > MISSED_SHOWN)
        lw_strbuf_printf(b, "<li>and %zu more</li>\n", story->n_missed - MISSED_SHOWN);
    if (story->n_missed)
        lw_strbuf_puts(b, "</ul>\n");
    lw_html_section_end(b);
}

static void put_words(struct lw_strbuf *b, const struct lw_verification_story *story)
{
    lw_html_section(b, "How to read this");
    lw_strbuf_puts(b, "<dl>\n");
    static const struct lw_fact words[] = {
        {"FMR", "false match rate: share of the impostor comparisons with a score at or above the "
                "threshold"},
        {"FNMR", "false non-match rate: share of the genuine comparisons with a score below the "
                 "threshold or with a face that was not acquired"},
        {"threshold", "the smallest one whose FMR is at most the one named, on these data: read "
                      "FNMR as what this data set shows, not as a promise for another one"},
        {"EER", "where FMR and FNMR meet"},
        {"area under the ROC curve", "how often a genuine score is higher than an impostor score"},
    };
    for (size_t i = 0; i < LW_COUNT(words); i++)
        lw_strbuf_printf(b, "<dt>%s</dt><dd>%s</dd>\n", words[i].name, words[i].value);
    lw_strbuf_printf(b, "<dt>ten folds</dt><dd>%s</dd>\n<dt>intervals</dt><dd>%s</dd>\n</dl>\n",
                     story->folds, story->intervals);
    lw_html_section_end(b);
}

int lw_verification_put_html(struct lw_strbuf *b, const struct lw_verification *v,
                             const struct lw_verification_story *story, struct lw_why *why)
{
    lw_html_begin(b, story->title,
                  "Error rates of one-to-one face verification, with 95 % "
                  "intervals. Words as in ISO/IEC 19795-1.");
    put_cards(b, v);
    put_rates(b, v);
    if (put_plots(b, v) < 0)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory");
    put_facts(b, v, story);
    put_words(b, story);
    put_missed(b, v, story);
    int r = put_worst(b, v, story, why);
    if (r < 0)
        return r;
    lw_html_end(b, story->pictures ? "Made by lanewise " LW_VERSION
                                     ". It shows people: handle this page as you handle their "
                                     "pictures."
                                   : "Made by lanewise " LW_VERSION ".");
    return LW_OK;
}
