#include "app/app.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/parallel.h"

int lw_app_fault(const char *place, const struct lw_why *why)
{
    if (place)
        fprintf(stderr, "lanewise: %s: %s\n", place, why->text);
    else
        fprintf(stderr, "lanewise: %s\n", why->text);
    return LW_EXIT_FAULT;
}

unsigned lw_app_threads(const struct lw_app_models *m)
{
    return m->threads > 0 ? (unsigned)m->threads : lw_cpu_count();
}

static const char *models_dir(const struct lw_app_models *m)
{
    if (m->models)
        return m->models;
    const char *env = getenv("LANEWISE_MODELS");
    if (env && *env)
        return env;
    return LW_MODELS_DIR;
}

int lw_app_open_kit(struct lw_facekit **out, const struct lw_app_models *m,
                    const struct lw_detector_opts *detector, struct lw_why *why)
{
    const char *dir = models_dir(m);
    struct lw_facekit_opts opts = {
        .cards_dir = dir,
        .models_dir = dir,
        .detector = detector ? *detector : LW_DETECTOR_DEFAULTS,
        .matcher = {.library = m->matcher, .config = m->matcher_config, .threads = 1},
        .threads = 1,
    };
    return lw_facekit_new(out, &opts, why);
}

static struct {
    pthread_mutex_t lock;
    bool quiet;
    bool drawn;
    int64_t last_ns;
} progress = {.lock = PTHREAD_MUTEX_INITIALIZER};

void lw_progress_quiet(bool quiet)
{
    progress.quiet = quiet;
}

static void draw(const char *what, size_t done, size_t total)
{
    enum { WIDTH = 30 };
    char bar[WIDTH + 1];
    size_t full = total ? done * WIDTH / total : WIDTH;
    memset(bar, '.', WIDTH);
    memset(bar, '#', full > WIDTH ? WIDTH : full);
    bar[WIDTH] = '\0';
    fprintf(stderr, "\r%-24s [%s] %zu/%zu", what, bar, done, total);
    progress.drawn = true;
}

void lw_progress(const char *what, size_t done, size_t total)
{
    if (progress.quiet || !isatty(STDERR_FILENO))
        return;
    pthread_mutex_lock(&progress.lock);
    int64_t now = lw_now_ns();
    if (done == total || now - progress.last_ns >= 100 * LW_MS) {
        progress.last_ns = now;
        draw(what, done, total);
    }
    pthread_mutex_unlock(&progress.lock);
}

void lw_progress_end(void)
{
    pthread_mutex_lock(&progress.lock);
    if (progress.drawn)
        fputc('\n', stderr);
    progress.drawn = false;
    pthread_mutex_unlock(&progress.lock);
}
