/* app/app.h - what the subcommands share: exit codes, messages, progress, where the models are. */
#ifndef LW_APP_APP_H
#define LW_APP_APP_H

#include "base/base.h"
#include "face/kit.h"

enum lw_exit { LW_EXIT_OK = 0, LW_EXIT_NEGATIVE = 1, LW_EXIT_FAULT = 2, LW_EXIT_NO_FACE = 3 };

struct lw_command {
    const char *name;
    const char *summary;               /* one line for `lanewise help` */
    int (*run)(int argc, char **argv); /* argv[0] is the command; returns an exit code */
};

int lw_cmd_match(int argc, char **argv);
int lw_cmd_detect(int argc, char **argv);
int lw_cmd_quality(int argc, char **argv);
int lw_cmd_cross(int argc, char **argv);
int lw_cmd_sim(int argc, char **argv);
int lw_cmd_eval(int argc, char **argv);
int lw_cmd_doc(int argc, char **argv);
int lw_cmd_doc_read(int argc, char **argv);
int lw_cmd_audit(int argc, char **argv);
int lw_cmd_store(int argc, char **argv);
int lw_cmd_receipt(int argc, char **argv);
int lw_cmd_store_export(int argc, char **argv); /* a person's own data */
int lw_cmd_store_correct(int argc, char **argv);
int lw_cmd_store_erase(int argc, char **argv);
int lw_cmd_bench(int argc, char **argv);
int lw_cmd_doctor(int argc, char **argv);

/* One line "lanewise: place: text" on standard error; returns LW_EXIT_FAULT. place may be NULL. */
int lw_app_fault(const char *place, const struct lw_why *why);
/* One line "lanewise command: text" about how a command was called, control characters as '?';
 * returns LW_EXIT_FAULT. */
int lw_app_complain(const char *command, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Options that every command with networks has; put LW_APP_MODEL_OPTS(struct my_opts, models) in
 * the table, with a `struct lw_app_models models` member in the struct. */
struct lw_app_models {
    const char *models;         /* --models DIR, see lw_app_find_models */
    const char *matcher;        /* --matcher FILE.so */
    const char *matcher_config; /* --matcher-config TEXT */
    int64_t threads;            /* --threads N, 0: one per CPU */
};
#define LW_APP_MODEL_OPTS(T, m)                                                                    \
    {"models",                                                                                     \
     LW_OPT_STRING,                                                                                \
     offsetof(T, m.models),                                                                        \
     "DIR",                                                                                        \
     0,                                                                                            \
     0,                                                                                            \
     "Folder of model cards and networks (default: $LANEWISE_MODELS, else the one installed)."},   \
        {"matcher",                                                                                \
         LW_OPT_STRING,                                                                            \
         offsetof(T, m.matcher),                                                                   \
         "FILE.so",                                                                                \
         0,                                                                                        \
         0,                                                                                        \
         "Verify with this matcher (include/lanewise/matcher.h) instead of the built-in one."},    \
        {"matcher-config",                                                                         \
         LW_OPT_STRING,                                                                            \
         offsetof(T, m.matcher_config),                                                            \
         "TEXT",                                                                                   \
         0,                                                                                        \
         0,                                                                                        \
         "Handed to that matcher when it is opened."},                                             \
    {                                                                                              \
        "threads", LW_OPT_INT, offsetof(T, m.threads), "N", 0, 64,                                 \
            "Worker threads (default 0: one for each CPU)."                                        \
    }

enum { LW_APP_PATH = 4096 };
struct lw_app_folders {
    char cards[LW_APP_PATH], models[LW_APP_PATH];
};
/* Where cards and networks are: --models, else $LANEWISE_MODELS, else share/lanewise/models beside
 * the program's own folder, else the build's. */
int lw_app_find_models(struct lw_app_folders *out, const struct lw_app_models *m,
                       struct lw_why *why);

unsigned lw_app_threads(const struct lw_app_models *m); /* the number that 0 stands for */
/* Open the kit that the options describe; detector may be NULL. */
int lw_app_open_kit(struct lw_facekit **out, const struct lw_app_models *m,
                    const struct lw_detector_opts *detector, struct lw_why *why);

/* Progress on standard error, only where that is a terminal and not --quiet. Thread-safe. */
void lw_progress_quiet(bool quiet);
void lw_progress(const char *what, size_t done, size_t total); /* draws at most 10 times a second */
void lw_progress_end(void);

#endif
