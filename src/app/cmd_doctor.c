#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "app/app.h"
#include "app/decoding.h"
#include "base/file.h"
#include "base/parallel.h"
#include "nn/session.h"

struct doctor_opts {
    struct lw_app_models models;
};

static const struct lw_opt table[] = {
    LW_APP_MODEL_OPTS(struct doctor_opts, models),
};

static const struct lw_usage usage = {
    .command = "doctor",
    .synopsis = "lanewise doctor [--models DIR] [--matcher FILE.so]",
    .about =
        "Say what this installation is made of: versions of the libraries that were loaded, CPU\n"
        "features, each model with the sha256 of its file beside that of its card, and whether "
        "the\n"
        "networks and the matcher open. What is missing or wrong stands on a line with \"!!\".",
    .examples = "  lanewise doctor\n"
                "  lanewise doctor --matcher /opt/agency/matcher.so",
    .exit_codes = "  0  all that verification needs is here\n"
                  "  1  something is missing or changed; the lines with \"!!\" say what\n"
                  "  2  fault: wrong options",
    .min_args = 0,
    .max_args = 0,
};

static void say(bool good, const char *what, const char *text)
{
    printf("%s %-14s %s\n", good ? "  " : "!!", what, text);
}

/* Library file names by their beginning, and what they are here for. */
static const struct {
    const char *prefix, *use;
} libraries[] = {
    {"libonnxruntime.", "networks"},
    {"libturbojpeg.", "JPEG"},
    {"libpng16.", "PNG"},
    {"libqrencode.", "QR codes"},
    {"libopenjp2.", "JPEG 2000"},
    {"libavformat.", "video"},
    {"libavcodec.", "video"},
    {"libswscale.", "video"},
    {"libcrypto.", "digests, signatures"},
    {"libjansson.", "JSON"},
    {"libsqlite3.", "store"},
    {"libc.", "C library"},
};

struct seen {
    bool found[LW_COUNT(libraries)];
};

/* The loader's path with links resolved ends in the version: libpng16.so.16.39.0. */
static int note_library(struct dl_phdr_info *info, size_t size, void *ctx)
{
    struct seen *seen = ctx;
    LW_UNUSED(size);
    LW_AUTO_MEM(char) path = info->dlpi_name[0] ? realpath(info->dlpi_name, NULL) : NULL;
    const char *loaded = strrchr(info->dlpi_name, '/');
    const char *slash = path ? strrchr(path, '/') : NULL;
    if (!loaded || !slash)
        return 0;
    for (size_t i = 0; i < LW_COUNT(libraries); i++) {
        if (strncmp(loaded + 1, libraries[i].prefix, strlen(libraries[i].prefix)) != 0)
            continue;
        char text[512];
        snprintf(text, sizeof(text), "%s, for %s", slash + 1, libraries[i].use);
        say(true, "library", text);
        seen->found[i] = true;
    }
    return 0;
}

static void list_libraries(void)
{
    struct seen seen = {{false}};
    dl_iterate_phdr(note_library, &seen);
    for (size_t i = 0; i < LW_COUNT(libraries); i++) {
        char text[128];
        snprintf(text, sizeof(text), "%sso is part of the program or not used, for %s",
                 libraries[i].prefix, libraries[i].use);
        if (!seen.found[i])
            say(true, "library", text);
    }
}

static void show_cpu(void)
{
    struct utsname u;
    char text[256];
    const char *machine = uname(&u) == 0 ? u.machine : "unknown";
    int n = snprintf(text, sizeof(text), "%s, %u usable, features:", machine, lw_cpu_count());
#if defined(__x86_64__)
    static const char *const names[] = {"sse4.2", "avx", "avx2", "fma", "avx512f", "avx512vnni"};
    const bool have[] = {__builtin_cpu_supports("sse4.2"),  __builtin_cpu_supports("avx"),
                         __builtin_cpu_supports("avx2"),    __builtin_cpu_supports("fma"),
                         __builtin_cpu_supports("avx512f"), __builtin_cpu_supports("avx512vnni")};
    for (size_t i = 0; i < LW_COUNT(names); i++)
        if (have[i])
            n += snprintf(text + n, sizeof(text) - (size_t)n, " %s", names[i]);
#else
    snprintf(text + n, sizeof(text) - (size_t)n, " not looked at on this machine");
#endif
    say(true, "cpu", text);
}

static bool check_model(const char *cards, const char *models, const char *role)
{
    LW_AUTO_MEM(struct lw_card) card = calloc(1, sizeof(*card));
    LW_AUTO_MEM(uint8_t) bytes = NULL;
    LW_AUTO_MEM(char) path = NULL;
    struct lw_why why = {0};
    char name[64], text[512];
    size_t n = 0;
    snprintf(name, sizeof(name), "%s.json", role);
    int r = card ? lw_path_join(cards, name, &path, &why) : LW_ENOMEM;
    if (r == LW_OK)
        r = lw_card_load(card, path, &why);
    if (r == LW_OK)
        r = lw_nn_read_checked(card, models, &bytes, &n, &why);
    if (r < 0) {
        say(false, role, why.text);
        return false;
    }
    snprintf(text, sizeof(text), "%s, %s, %zu bytes, sha256 %.12s... as the card says, licence %s",
             card->id, card->file, n, card->sha256, card->licence);
    say(true, role, text);
    return true;
}

static bool check_kit(const struct doctor_opts *o)
{
    LW_AUTO(lw_facekit) kit = NULL;
    struct lw_why why = {0};
    char text[256];
    float threshold;
    if (lw_app_open_kit(&kit, &o->models, NULL, &why) < 0) {
        say(false, "matcher", why.text);
        return false;
    }
    const struct lw_matcher *m = lw_facekit_matcher(kit);
    snprintf(text, sizeof(text), "%s opens", lw_matcher_model(m));
    say(true, "matcher", text);
    if (lw_matcher_threshold_at(m, LW_COMPARED_STILLS, 0.0001, &threshold, &why) < 0) {
        say(false, "calibration", why.text);
        return false;
    }
    snprintf(text, sizeof(text), "an FMR of 0.0001 is a score of %.4f", (double)threshold);
    say(true, "calibration", text);
    return true;
}

static bool check_models(const struct doctor_opts *o)
{
    static const char *const roles[] = {"detector", "landmarks", "embedding"};
    struct lw_app_folders dirs;
    struct lw_why why = {0};
    bool good = true;
    if (lw_app_find_models(&dirs, &o->models, &why) < 0) {
        say(false, "models", why.text);
        return false;
    }
    say(true, "cards", dirs.cards);
    say(true, "networks", dirs.models);
    for (size_t i = 0; i < LW_COUNT(roles); i++)
        good = check_model(dirs.cards, dirs.models, roles[i]) && good;
    return check_kit(o) && good;
}

/* How documents are kept from reaching out while they are decoded. */
static bool check_decoder(void)
{
    LW_AUTO(lw_decoder) decoder = NULL;
    struct lw_why why = {0};
    char text[256];
    if (lw_app_open_decoder(&decoder, NULL, true, &why) < 0 ||
        lw_decoder_ready(decoder, &why) < 0) {
        say(false, "decoder", why.text);
        return false;
    }
    const struct lw_decoder_layers layers = lw_decoder_layers(decoder);
    say(layers.seccomp, "decoder",
        layers.seccomp ? "system calls are filtered (seccomp)"
                       : "this kernel has no filters of system calls (seccomp): documents are "
                         "decoded with --weak-sandbox only");
    snprintf(text, sizeof(text), "files and network are out of reach (Landlock ABI %d)",
             layers.landlock);
    say(layers.landlock > 0, "decoder",
        layers.landlock > 0 ? text
                            : "this kernel has no Landlock: documents are decoded with "
                              "--weak-sandbox only");
    return layers.seccomp && layers.landlock > 0;
}

int lw_cmd_doctor(int argc, char **argv)
{
    struct doctor_opts o = {{0}};
    int n_args;
    int r = lw_opts_parse(&usage, table, LW_COUNT(table), &o, argc, argv, &n_args);
    if (r != LW_OK)
        return r == LW_OPTS_HELP ? LW_EXIT_OK : LW_EXIT_FAULT;
    say(true, "lanewise", LW_VERSION);
    say(true, "onnx runtime", lw_nn_runtime_version());
    show_cpu();
    list_libraries();
    bool good = check_decoder();
    good = check_models(&o) && good;
    puts(good ? "all that verification needs is here"
              : "something is missing, see the lines above");
    return good ? LW_EXIT_OK : LW_EXIT_NEGATIVE;
}
