#include "app/ablate.h"

#include <string.h>

static int add_step(struct lw_ablate *a, struct lw_span name, struct lw_why *why)
{
    const int step = lw_step_find(name);
    if (step < 0)
        return lw_why_set(why, LW_EINVAL, -1, "--ablate: there is no step \"%.*s\"",
                          lw_mini((int)name.n, 40), (const char *)name.data);
    for (size_t i = 0; i < a->n; i++)
        if (a->step[i] == (size_t)step)
            return lw_why_set(why, LW_EINVAL, -1, "--ablate: \"%s\" is named twice",
                              lw_steps[step].name);
    a->step[a->n++] = (size_t)step;
    return LW_OK;
}

int lw_ablate_parse(struct lw_ablate *a, const char *list, struct lw_why *why)
{
    int r = LW_OK;
    if (list && !*list)
        for (; a->n < LW_STEPS; a->n++)
            a->step[a->n] = a->n;
    while (list && *list && r >= 0) {
        const size_t n = strcspn(list, ",");
        r = add_step(a, (struct lw_span){(const uint8_t *)list, n}, why);
        list += n + (list[n] == ',');
    }
    return r;
}

int lw_ablate_begin(struct lw_ablate *a, size_t bundles)
{
    int r = LW_OK;
    for (size_t i = 0; i < a->n && r >= 0; i++)
        r = lw_lane_pass_new(&a->pass[i], bundles);
    return r;
}

void lw_ablate_clear(struct lw_ablate *a)
{
    for (size_t i = 0; i < a->n; i++)
        lw_lane_pass_free(&a->pass[i]);
    a->n = 0;
}

int lw_ablate_run(struct lw_ablate *a, const struct lw_lanes *lanes, size_t i,
                  struct lw_facekit *kit, const struct lw_crossing_opts *opts, struct lw_why *why)
{
    int r = LW_OK;
    for (size_t k = 0; k < a->n && r >= 0; k++) {
        struct lw_crossing_opts without = *opts;
        without.off = lw_steps_without(a->step[k]);
        r = lw_lane_pass_run(a->pass[k], lanes, i, kit, &without, why);
    }
    return r;
}

static int weigh_step(struct lw_ablate *a, size_t k, const struct lw_lane_pass *whole)
{
    struct lw_ablation *row = &a->rows[k];
    struct lw_lane_times t;
    int r = lw_lane_pass_times(&t, a->pass[k]);
    if (r < 0)
        return r;
    *row = (struct lw_ablation){.name = lw_steps[a->step[k]].name,
                                .about = lw_steps[a->step[k]].about,
                                .cpu_ms_per_vehicle = t.cpu_ms_per_vehicle,
                                .answer_p95_ms = t.answer_p95_ms};
    return lw_ablation_weigh(row, whole->scores, a->pass[k]->scores, whole->n);
}

int lw_ablate_weigh(struct lw_ablate *a, const struct lw_lane_pass *whole,
                    const struct lw_lanes *lanes, struct lw_matcher *matcher, struct lw_why *why)
{
    int r = LW_OK;
    for (size_t k = 0; k < a->n && r >= 0; k++) {
        r = lw_lane_pass_claims(a->pass[k], whole, lanes, matcher, why);
        if (r >= 0 && weigh_step(a, k, whole) < 0)
            r = lw_why_set(why, LW_ENOMEM, -1, "no memory");
    }
    return r;
}
