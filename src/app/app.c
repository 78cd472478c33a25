#include "app/app.h"

#include <malloc.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/parallel.h"

int lw_app_fault(const char *place, const struct lw_why *why)
{
    struct lw_why whole =
        *why; /* a place is often a name from outside: one line, whatever it holds */
    if (place)
        lw_why_prefix(&whole, "%s", place);
    fprintf(stderr, "lanewise: %s\n", whole.text);
    return LW_EXIT_FAULT;
}

int lw_app_complain(const char *command, const char *fmt, ...)
{
    char text[512];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    for (char *c = text; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 0x7f)
            *c = '?';
    fprintf(stderr, "lanewise %s: %s\n", command, text);
    return LW_EXIT_FAULT;
}

unsigned lw_app_threads(const struct lw_app_models *m)
{
    return m->threads > 0 ? (unsigned)m->threads : lw_cpu_count();
}

static bool has_cards(const char *dir)
{
    char path[4096];
    int n = snprintf(path, sizeof(path), "%s/embedding.json", dir);
    return n > 0 && (size_t)n < sizeof(path) && access(path, R_OK) == 0;
}

/* PREFIX/share/lanewise/models of the PREFIX/bin that this program lies in, if it is there. */
static bool find_installed(char out[LW_APP_PATH])
{
    char exe[LW_APP_PATH];
    ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
    if (n <= 0)
        return false;
    exe[n] = '\0';
    for (int up = 0; up < 2; up++) {
        char *slash = strrchr(exe, '/');
        if (!slash)
            return false;
        *slash = '\0';
    }
    int len = snprintf(out, LW_APP_PATH, "%s/share/lanewise/models", exe);
    return len > 0 && len < LW_APP_PATH && has_cards(out);
}

/* A folder that somebody names holds the networks, and the cards too unless they are the build's.
 */
static int use_named(struct lw_app_folders *out, const char *dir, struct lw_why *why)
{
    if (strlen(dir) >= sizeof(out->models))
        return lw_why_set(why, LW_ELIMIT, -1, "the folder of models has too long a name");
    strcpy(out->models, dir);
    if (has_cards(dir))
        strcpy(out->cards, dir);
    else
        snprintf(out->cards, sizeof(out->cards), "%s", LW_CARDS_DIR);
    return LW_OK;
}

int lw_app_find_models(struct lw_app_folders *out, const struct lw_app_models *m,
                       struct lw_why *why)
{
    const char *env = getenv("LANEWISE_MODELS");
    if (m->models)
        return use_named(out, m->models, why);
    if (env && *env)
        return use_named(out, env, why);
    if (find_installed(out->models))
        strcpy(out->cards, out->models);
    else {
        snprintf(out->models, sizeof(out->models), "%s", LW_MODELS_DIR);
        snprintf(out->cards, sizeof(out->cards), "%s", LW_CARDS_DIR);
    }
    return LW_OK;
}

/* Networks take and give back tens of megabytes with every picture. Kept in the heap they cost
 * nothing; mapped anew each time, a third of the detector's time goes into page faults. */
static void keep_freed_memory(void)
{
    mallopt(M_ARENA_MAX, 1); /* threads that each keep their own cost 30 MiB of 300 */
    mallopt(M_MMAP_THRESHOLD, 32 << 20);
    mallopt(M_TRIM_THRESHOLD, 256 << 20);
}

int lw_app_open_kit(struct lw_facekit **out, const struct lw_app_models *m,
                    const struct lw_detector_opts *detector, struct lw_why *why)
{
    struct lw_app_folders dirs;
    int r = lw_app_find_models(&dirs, m, why);
    if (r < 0)
        return r;
    keep_freed_memory();
    struct lw_facekit_opts opts = {
        .cards_dir = dirs.cards,
        .models_dir = dirs.models,
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
