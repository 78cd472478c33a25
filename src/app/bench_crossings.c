#include "app/bench_crossings.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/interrupt.h"
#include "app/peer.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "img/codec.h"
#include "img/geom.h"
#include "sim/sim.h"

enum { DRAWN_VEHICLES = 8, DRAWN_SEED = 11, FACE_MIN_PX = 50 };
static const double BOUND = 3; /* the peer's CPU time in ours, at least */
static const char peer_name[] =
    "cut detector at native resolution on every frame, every face embedded";

struct session {
    const struct lw_bench_opts *opts;
    struct lw_facekit *kit;
    unsigned threads;
    struct lw_lanes *lanes;
    struct lw_lane_pass *ours, *peer;
    double *passage_ms;
};

static void session_clear(struct session *s)
{
    lw_lane_pass_free(&s->ours);
    lw_lane_pass_free(&s->peer);
    lw_lanes_free(&s->lanes);
    lw_facekit_free(&s->kit);
    free(s->passage_ms);
}

static int no_memory(struct lw_why *why)
{
    return lw_why_set(why, LW_ENOMEM, -1, "no memory");
}

/* ---- vehicles drawn for this run ---- */

/* A person's folder with the face and as much about it. */
static int write_person(const struct lw_image *im, const struct lw_rect *box, const char *people,
                        size_t number, struct lw_why *why)
{
    LW_AUTO(lw_image) cut = NULL;
    LW_AUTO_MEM(uint8_t) jpeg = NULL;
    LW_AUTO_MEM(char) dir = NULL;
    LW_AUTO_MEM(char) path = NULL;
    const int side = (int)(2.2f * box->h);
    size_t n;
    int r = lw_image_crop(&cut, im, (int)(box->x + 0.5f * box->w) - side / 2,
                          (int)(box->y + 0.5f * box->h) - side / 2, side, side);
    if (r < 0 || asprintf(&dir, "%s/p%02zu", people, number) < 0 ||
        asprintf(&path, "%s/01.jpg", dir) < 0)
        return no_memory(why);
    r = lw_image_encode_jpeg(cut, 92, &jpeg, &n, why);
    if (r >= 0)
        r = lw_dir_make(dir, why);
    return r < 0 ? r : lw_file_write(path, (struct lw_span){jpeg, n}, why);
}

static int cut_people(struct session *s, const char *photo, const char *people, size_t *count,
                      struct lw_why *why)
{
    LW_AUTO(lw_image) im = NULL;
    LW_AUTO_MEM(struct lw_face) faces = NULL;
    if (lw_image_load(&im, photo, NULL, NULL) < 0)
        return LW_OK; /* no picture */
    int n = lw_facekit_faces(s->kit, im, &faces, why);
    int r = lw_mini(n, LW_OK);
    for (int i = 0; i < n && r >= 0; i++)
        if (faces[i].box.h >= FACE_MIN_PX)
            r = write_person(im, &faces[i].box, people, (*count)++, why);
    return r;
}

static int gather_people(struct session *s, const char *people, struct lw_why *why)
{
    LW_AUTO_MEM(struct lw_app_folders) folders = calloc(1, sizeof(*folders));
    LW_AUTO_MEM(char) photos = NULL;
    struct lw_names names = {0};
    size_t count = 0;
    if (!folders)
        return no_memory(why);
    int r = lw_app_find_models(folders, &s->opts->models, why);
    if (r < 0)
        return r;
    if (asprintf(&photos, "%s/../photos", folders->models) < 0)
        return no_memory(why);
    if (lw_names_list(&names, s->opts->photos ? s->opts->photos : photos, 1000, NULL) < 0)
        return lw_why_set(why, LW_ENOTFOUND, -1, "no sample pictures; name bundles with --data");
    for (size_t i = 0; i < names.n && r >= 0; i++) {
        LW_AUTO_MEM(char) path = NULL;
        r = lw_path_join(s->opts->photos ? s->opts->photos : photos, names.v[i], &path, why);
        if (r >= 0)
            r = cut_people(s, path, people, &count, why);
    }
    lw_names_clear(&names);
    return r < 0 || count ? r : lw_why_set(why, LW_ENOTFOUND, -1, "no sample picture has a face");
}

static int draw_vehicles(struct session *s, const char *dir, char **out, struct lw_why *why)
{
    LW_AUTO_MEM(char) people = NULL;
    struct lw_sim_opts o = LW_SIM_DEFAULTS;
    if (asprintf(&people, "%s/people", dir) < 0 || asprintf(out, "%s/vehicles", dir) < 0)
        return no_memory(why);
    o.photos = people;
    o.out = *out;
    o.seed = DRAWN_SEED;
    o.count = DRAWN_VEHICLES;
    o.threads = s->threads;
    o.progress = lw_progress;
    o.stop = lw_interrupted;
    int r = gather_people(s, people, why);
    if (r >= 0)
        r = lw_sim_run(&o, s->kit, why);
    lw_progress_end();
    return r;
}

/* ---- both ways, in turns ---- */

static int run_peer(struct session *s, size_t i, struct lw_why *why)
{
    const struct lw_peer_opts opts = {.fmr = 0.0001, .threads = s->threads};
    LW_AUTO(lw_crossing_result) result = NULL;
    const int64_t cpu = lw_cpu_ns();
    int r = lw_peer_run(&result, s->kit, s->lanes->v[i].dir, &s->ours->results[i]->bundle, &opts,
                        &s->passage_ms[i], why);
    s->peer->cpu_ms[i] = (double)(lw_cpu_ns() - cpu) / (double)LW_MS;
    return r < 0 ? r : lw_lane_pass_take(s->peer, s->lanes, i, &result, why);
}

static int run_both(struct session *s, struct lw_why *why)
{
    const struct lw_crossing_opts opts = {.fmr = 0.0001, .threads = s->threads};
    const size_t n = s->lanes->n;
    int r = LW_OK;
    s->passage_ms = calloc(n, sizeof(*s->passage_ms));
    if (!s->passage_ms || lw_lane_pass_new(&s->ours, n) < 0 || lw_lane_pass_new(&s->peer, n) < 0)
        return no_memory(why);
    for (size_t i = 0; i < n && r >= 0; i++) {
        r = lw_interrupted() ? lw_why_set(why, LW_EAGAIN, -1, "stopped before the end")
                             : lw_lane_pass_run(s->ours, s->lanes, i, s->kit, &opts, why);
        if (r >= 0)
            r = run_peer(s, i, why);
        lw_progress("vehicles", i + 1, n);
    }
    lw_progress_end();
    return r;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static int take_three_cameras(struct lw_bench_crossings *out, const struct session *s)
{
    LW_AUTO_MEM(double) answers = calloc(s->lanes->n, sizeof(*answers));
    if (!answers)
        return LW_ENOMEM;
    out->realtime_least = INFINITY;
    for (size_t i = 0; i < s->lanes->n; i++) {
        const struct lw_crossing_result *r = s->ours->results[i];
        if (r->bundle.n_cameras != 3)
            continue;
        const double factor = s->passage_ms[i] / r->timing.total_ms;
        answers[out->three_cameras++] = r->timing.answer_ms;
        out->realtime_mean += factor;
        out->realtime_least = fmin(out->realtime_least, factor);
    }
    if (!out->three_cameras)
        return LW_OK;
    qsort(answers, out->three_cameras, sizeof(*answers), by_value);
    out->realtime_mean /= (double)out->three_cameras;
    out->three_answer_p95_ms = answers[(size_t)ceil(0.95 * (double)out->three_cameras) - 1];
    return LW_OK;
}

static int sum_up(struct lw_bench_crossings *out, const struct session *s)
{
    const size_t n = s->lanes->n;
    *out = (struct lw_bench_crossings){.vehicles = n, .threads = s->threads};
    for (size_t i = 0; i < n; i++)
        out->synthetic |= s->ours->results[i]->bundle.synthetic;
    if (lw_lane_pass_times(&out->ours.times, s->ours) < 0 ||
        lw_lane_pass_times(&out->peer.times, s->peer) < 0 ||
        lw_crossing_rates(out->ours.rates, s->ours->scores, n, NULL) < 0 ||
        lw_crossing_rates(out->peer.rates, s->peer->scores, n, NULL) < 0 ||
        take_three_cameras(out, s) < 0)
        return LW_ENOMEM;
    out->cpu_ratio = out->peer.times.cpu_ms_per_vehicle / out->ours.times.cpu_ms_per_vehicle;
    return LW_OK;
}

static int measure(struct session *s, const char *dir, struct lw_bench_crossings *out,
                   struct lw_why *why)
{
    int r = lw_lanes_open(&s->lanes, dir, why);
    if (r >= 0)
        r = run_both(s, why);
    return r < 0 ? r : sum_up(out, s) < 0 ? no_memory(why) : LW_OK;
}

static int measure_drawn(struct session *s, struct lw_bench_crossings *out, struct lw_why *why)
{
    const char *tmp = getenv("TMPDIR");
    LW_AUTO_MEM(char) dir = NULL;
    LW_AUTO_MEM(char) vehicles = NULL;
    if (asprintf(&dir, "%s/lanewise-bench-XXXXXX", tmp && *tmp ? tmp : "/tmp") < 0)
        return no_memory(why);
    if (!mkdtemp(dir))
        return lw_why_set(why, LW_EIO, -1, "%s: cannot be made", dir);
    lw_interrupt_catch(); /* so that the folder goes */
    int r = draw_vehicles(s, dir, &vehicles, why);
    if (r >= 0)
        r = measure(s, vehicles, out, why);
    lw_tree_remove(dir);
    return r;
}

int lw_bench_crossings_run(struct lw_bench_crossings *out, const struct lw_bench_opts *opts,
                           struct lw_why *why)
{
    struct session s = {.opts = opts, .threads = lw_app_threads(&opts->models)};
    int r = lw_app_open_kit(&s.kit, &opts->models, NULL, why);
    if (r >= 0)
        r = opts->data ? measure(&s, opts->data, out, why) : measure_drawn(&s, out, why);
    session_clear(&s);
    return r;
}

/* ---- told ---- */

static const enum lw_crossing_rate shown[] = {LW_RATE_VEHICLE_COMPLETENESS, LW_RATE_CAPTURE,
                                              LW_RATE_TRUE_VERIFICATION};

static void put_way(struct lw_strbuf *b, const struct lw_bench_way *w)
{
    lw_strbuf_puts(b, "\"cpu_ms_per_vehicle\": ");
    lw_json_put_double(b, w->times.cpu_ms_per_vehicle);
    lw_strbuf_puts(b, ", \"wall_ms_per_vehicle\": ");
    lw_json_put_double(b, w->times.wall_ms_per_vehicle);
    for (size_t i = 0; i < LW_COUNT(shown); i++) {
        lw_strbuf_printf(b, ", \"%s\": ", lw_crossing_rate_name(shown[i]));
        lw_rate_put_json(b, &w->rates[shown[i]]);
    }
}

void lw_bench_crossings_put_json(struct lw_strbuf *b, const struct lw_bench_crossings *c)
{
    lw_strbuf_printf(b,
                     "{\"name\": \"crossings\", \"vehicles\": %zu, \"synthetic\": %s, "
                     "\"threads\": %u, ",
                     c->vehicles, c->synthetic ? "true" : "false", c->threads);
    put_way(b, &c->ours);
    lw_strbuf_puts(b, ", \"answer_ms\": {\"p50\": ");
    lw_json_put_double(b, c->ours.times.answer_p50_ms);
    lw_strbuf_puts(b, ", \"p95\": ");
    lw_json_put_double(b, c->ours.times.answer_p95_ms);
    lw_strbuf_puts(b, "}, \"peer\": {\"name\": ");
    lw_json_put_string(b, peer_name);
    lw_strbuf_puts(b, ", ");
    put_way(b, &c->peer);
    lw_strbuf_puts(b, "}, \"cpu_ratio\": ");
    lw_json_put_double(b, c->cpu_ratio);
    lw_strbuf_printf(b, ", \"bound\": %g, \"three_cameras\": ", BOUND);
    if (!c->three_cameras) {
        lw_strbuf_puts(b, "null}\n");
        return;
    }
    lw_strbuf_printf(b, "{\"vehicles\": %zu, \"realtime_factor\": {\"mean\": ", c->three_cameras);
    lw_json_put_double(b, c->realtime_mean);
    lw_strbuf_puts(b, ", \"least\": ");
    lw_json_put_double(b, c->realtime_least);
    lw_strbuf_puts(b, "}, \"answer_ms_p95\": ");
    lw_json_put_double(b, c->three_answer_p95_ms);
    lw_strbuf_puts(b, "}}\n");
}

static void put_row(struct lw_strbuf *b, const char *what, const char *ours, const char *peer)
{
    lw_strbuf_printf(b, "%-20s  %-22s  %s\n", what, ours, peer);
}

static void put_times(struct lw_strbuf *b, const char *what, double ours_ms, double peer_ms)
{
    char ours[32], peer[32];
    snprintf(ours, sizeof(ours), "%.2f s", ours_ms / 1000);
    snprintf(peer, sizeof(peer), "%.2f s", peer_ms / 1000);
    put_row(b, what, ours, peer);
}

void lw_bench_crossings_put_text(struct lw_strbuf *b, const struct lw_bench_crossings *c)
{
    static const char *const names[] = {"vehicles complete", "occupants captured",
                                        "true verification"};
    lw_strbuf_printf(b, "\ncrossings: %zu vehicles%s, %u threads\npeer: %s\n\n", c->vehicles,
                     c->synthetic ? ", synthetic" : "", c->threads, peer_name);
    put_row(b, "", "ours", "peer");
    put_times(b, "CPU a vehicle", c->ours.times.cpu_ms_per_vehicle,
              c->peer.times.cpu_ms_per_vehicle);
    put_times(b, "wall time a vehicle", c->ours.times.wall_ms_per_vehicle,
              c->peer.times.wall_ms_per_vehicle);
    for (size_t i = 0; i < LW_COUNT(shown); i++) {
        char ours[LW_RATE_TEXT], peer[LW_RATE_TEXT];
        lw_rate_print(ours, &c->ours.rates[shown[i]]);
        lw_rate_print(peer, &c->peer.rates[shown[i]]);
        put_row(b, names[i], ours, peer);
    }
    lw_strbuf_printf(b, "\nthe peer needs %.2f times the CPU (bound %g%s); answer p95 %.0f ms\n",
                     c->cpu_ratio, BOUND, c->cpu_ratio >= BOUND ? "" : ": MISSED",
                     c->ours.times.answer_p95_ms);
    if (c->three_cameras)
        lw_strbuf_printf(b,
                         "%zu passages of 3 cameras: %.2f times as fast as filmed (the slowest "
                         "%.2f), answer p95 %.0f ms\n",
                         c->three_cameras, c->realtime_mean, c->realtime_least,
                         c->three_answer_p95_ms);
}
