#include <stdio.h>

#include "app/app.h"
#include "app/interrupt.h"
#include "app/opts.h"
#include "sim/sim.h"

struct sim_opts {
    const char *photos, *out, *preset;
    int64_t seed, count, width, height;
    double bracket;
    bool quiet;
    struct lw_app_models models;
};

static const struct lw_opt table[] = {
    {"photos", LW_OPT_STRING, offsetof(struct sim_opts, photos), "DIR", 0, 0,
     "Photographs of faces: DIR/person/photo.jpg, one folder a person."},
    {"out", LW_OPT_STRING, offsetof(struct sim_opts, out), "DIR", 0, 0,
     "Folder to make; it must not exist, or be empty."},
    {"seed", LW_OPT_INT, offsetof(struct sim_opts, seed), "N", 0, 9007199254740992.0,
     "The same seed gives the same bytes (default 1)."},
    {"count", LW_OPT_INT, offsetof(struct sim_opts, count), "N", 1, LW_SIM_COUNT_MAX,
     "How many crossings (default 1)."},
    {"preset", LW_OPT_STRING, offsetof(struct sim_opts, preset), "NAME", 0, 0,
     "sample, day, dusk, night, glare, rear, faults or mixed (default)."},
    {"width", LW_OPT_INT, offsetof(struct sim_opts, width), "PX", 320, 3840,
     "Width of the pictures (default 1920)."},
    {"height", LW_OPT_INT, offsetof(struct sim_opts, height), "PX", 180, 2160,
     "Height of the pictures (default 1080)."},
    {"bracket", LW_OPT_REAL, offsetof(struct sim_opts, bracket), "STOPS", 0, 4,
     "Of three frames expose the second shorter and the third longer by that much (default 0)."},
    {"quiet", LW_OPT_FLAG, offsetof(struct sim_opts, quiet), NULL, 0, 0, "No progress."},
    LW_APP_MODEL_OPTS(struct sim_opts, models),
};

static const struct lw_usage usage = {
    .command = "sim",
    .synopsis = "lanewise sim --photos DIR --out DIR --seed N --count N [--preset NAME]",
    .about = "Make synthetic vehicle crossings with known truth: people from the photographs sit "
             "in drawn\n"
             "vehicles that pass one to three cameras. Each crossing is a bundle that 'lanewise "
             "cross' and\n"
             "'lanewise eval crossings' read; docs/sim.md says what the presets hold.\n"
             "\n"
             "A person with two photographs or more has one in the document and another in the "
             "vehicle.\n"
             "The pictures say SYNTHETIC, and so does crossing.json.",
    .examples = "  lanewise sim --photos faces --out crossings --seed 7 --count 20\n"
                "  lanewise sim --photos faces --out dark --seed 7 --count 20 --preset night",
    .exit_codes = "  0  made\n"
                  "  2  fault: nothing was made",
    .min_args = 0,
    .max_args = 0,
};

static int run(const struct sim_opts *o, struct lw_why *why)
{
    struct lw_sim_opts s = LW_SIM_DEFAULTS;
    s.photos = o->photos;
    s.out = o->out;
    s.preset = o->preset;
    s.seed = (uint64_t)o->seed;
    s.count = (size_t)o->count;
    s.width = (int)o->width;
    s.height = (int)o->height;
    s.bracket = (float)o->bracket;
    s.threads = lw_app_threads(&o->models);
    s.progress = lw_progress;
    s.stop = lw_interrupted;
    lw_interrupt_catch();
    LW_AUTO(lw_facekit) kit = NULL;
    int r = lw_app_open_kit(&kit, &o->models, NULL, why);
    if (r == LW_OK)
        r = lw_sim_run(&s, kit, why);
    lw_progress_end();
    return r;
}

int lw_cmd_sim(int argc, char **argv)
{
    struct sim_opts o = {.seed = 1, .count = 1, .width = 1920, .height = 1080};
    struct lw_why why = {.code = LW_OK};
    int n_args;
    int r = lw_opts_parse(&usage, table, LW_COUNT(table), &o, argc, argv, &n_args);
    if (r != LW_OK)
        return r == LW_OPTS_HELP ? LW_EXIT_OK : LW_EXIT_FAULT;
    lw_progress_quiet(o.quiet);
    if (!o.photos || !o.out) {
        fprintf(stderr, "lanewise sim: --photos and --out are needed; see 'lanewise sim --help'\n");
        return LW_EXIT_FAULT;
    }
    r = run(&o, &why);
    return r < 0 ? lw_app_fault(NULL, &why) : LW_EXIT_OK;
}
