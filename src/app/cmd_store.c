#include <stdio.h>
#include <string.h>

#include "app/app.h"
#include "app/cmd_store.h"
#include "app/group.h"
#include "app/stats_print.h"
#include "app/store_opts.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "store/backup.h"
#include "store/purge.h"
#include "store/rotate.h"
#include "store/verify.h"

/* --- purge --- */

struct purge_opts {
    struct lw_app_store store;
    const char *certificate;
    bool dry_run, clock_is_right, json;
};

static const struct lw_opt purge_table[] = {
    {"dry-run", LW_OPT_FLAG, offsetof(struct purge_opts, dry_run), NULL, 0, 0,
     "Count what is due and change nothing."},
    {"clock-is-right", LW_OPT_FLAG, offsetof(struct purge_opts, clock_is_right), NULL, 0, 0,
     "Go on although the clock has jumped; that becomes an audit entry."},
    {"certificate", LW_OPT_STRING, offsetof(struct purge_opts, certificate), "FILE", 0, 0,
     "Write the run's signed certificate there, too."},
    {"json", LW_OPT_FLAG, offsetof(struct purge_opts, json), NULL, 0, 0,
     "One JSON object on standard output instead of sentences."},
    LW_APP_STORE_OPTS(struct purge_opts, store),
};

static const struct lw_usage purge_usage = {
    .command = "store purge",
    .synopsis = "lanewise store purge FILE [--dry-run] [--certificate FILE] [--json]",
    .about =
        "Erases what is due under the policies it was kept under: first the keys of photos,\n"
        "templates and fields, then their bytes, then decisions. It works in small steps, may be\n"
        "interrupted anywhere and goes on where it ended. Each run that erased something has a\n"
        "signed certificate (docs/formats/purge-certificate.md).\n"
        "A clock that went back, or forward by more than 31 days since the last audit entry,\n"
        "stops it: a wrong clock would erase too much or too little.",
    .examples = "  lanewise store purge lane.db --dry-run\n"
                "  lanewise store purge lane.db --certificate purged.json\n",
    .exit_codes = "  0  done, also where nothing was due\n"
                  "  2  fault, or the clock has jumped: nothing was purged\n",
    .min_args = 1,
    .max_args = 1};

static void print_purge(const struct lw_purge_report *r, bool dry_run)
{
    const struct lw_purge_counts *c = &r->erased;
    char first[LW_TIME_TEXT], last[LW_TIME_TEXT];
    printf("%s: %jd photos, %jd templates, %jd fields; decisions about %jd people and %jd\n"
           "documents; the text of %jd records, %jd of them altogether\n",
           dry_run ? "due" : "erased", (intmax_t)c->photos, (intmax_t)c->templates,
           (intmax_t)c->fields, (intmax_t)c->occupants, (intmax_t)c->documents, (intmax_t)c->texts,
           (intmax_t)c->records);
    lw_time_print(first, r->oldest_due_utc_us);
    lw_time_print(last, r->newest_due_utc_us);
    if (r->oldest_due_utc_us)
        printf("due from %s to %s\n", first, last);
    if (r->wrapping_keys)
        printf("%d wrapping keys of past periods destroyed\n", r->wrapping_keys);
}

static void print_purge_json(const struct lw_purge_report *r, bool dry_run)
{
    const struct lw_purge_counts *c = &r->erased;
    printf("{\"dry_run\":%s,\"photos\":%jd,\"templates\":%jd,\"fields\":%jd,\"occupants\":%jd,"
           "\"documents\":%jd,\"texts\":%jd,\"records\":%jd,\"wrapping_keys\":%d,"
           "\"certificate\":%s}\n",
           dry_run ? "true" : "false", (intmax_t)c->photos, (intmax_t)c->templates,
           (intmax_t)c->fields, (intmax_t)c->occupants, (intmax_t)c->documents, (intmax_t)c->texts,
           (intmax_t)c->records, r->wrapping_keys,
           r->certificate.n ? lw_strbuf_peek(&r->certificate) : "null");
}

static int purge(const struct purge_opts *o, const char *file, struct lw_why *why)
{
    LW_AUTO_STORE s = NULL;
    struct lw_purge_report report;
    struct lw_purge_opts opts = LW_PURGE_DEFAULTS;
    opts.dry_run = o->dry_run;
    opts.clock_is_right = o->clock_is_right;
    int r = lw_app_open_store(&s, file, &o->store, why);
    if (r < 0)
        return r;
    if ((r = lw_store_purge(s, &opts, &report, why)) < 0) {
        lw_why_prefix(why, "%s", file);
        return r;
    }
    (o->json ? print_purge_json : print_purge)(&report, o->dry_run);
    if (o->certificate && report.certificate.n)
        r = lw_file_write(o->certificate, lw_strbuf_span(&report.certificate), why);
    if (r < 0)
        lw_why_prefix(why, "%s", o->certificate);
    lw_strbuf_clear(&report.certificate);
    return r;
}

static int cmd_purge(int argc, char **argv)
{
    struct purge_opts opts = {.dry_run = false};
    struct lw_why why = {0};
    int n = 0;
    int r = lw_opts_parse(&purge_usage, purge_table, LW_COUNT(purge_table), &opts, argc, argv, &n);
    if (r != 0)
        return r == LW_OPTS_HELP ? LW_EXIT_OK : LW_EXIT_FAULT;
    return purge(&opts, argv[1], &why) < 0 ? lw_app_fault(NULL, &why) : LW_EXIT_OK;
}

/* --- verify --- */

struct verify_opts {
    const char *keys;
    bool json;
};

static const struct lw_opt verify_table[] = {
    {"keys", LW_OPT_STRING, offsetof(struct verify_opts, keys), "FILE", 0, 0,
     "The store's key file (default: the store's name with .keys)."},
    {"json", LW_OPT_FLAG, offsetof(struct verify_opts, json), NULL, 0, 0,
     "One JSON object on standard output instead of sentences."},
};

static const struct lw_usage verify_usage = {
    .command = "store verify",
    .synopsis = "lanewise store verify FILE [--keys FILE] [--json]",
    .about =
        "Is a store whole? Checks the file itself, the audit chain, that every record is the one\n"
        "that was put, that every photo, template and field opens with its key, and that what is\n"
        "gone was erased by a purge or on request, as the chain says. Changes nothing.",
    .examples = "  lanewise store verify lane.db && echo whole\n",
    .exit_codes = "  0  whole\n"
                  "  1  findings, one line each\n"
                  "  2  fault: no store, or its keys are missing\n",
    .min_args = 1,
    .max_args = 1};

static void print_verify(const struct lw_verify_report *r)
{
    printf("%jd records and %jd blobs are whole, %jd and %jd were erased, %jd audit entries\n",
           (intmax_t)r->records, (intmax_t)r->blobs, (intmax_t)r->records_erased,
           (intmax_t)(r->blobs_erased + r->blobs_half_erased), (intmax_t)r->audit.entries);
    printf("%jd findings\n", (intmax_t)r->n_findings);
    fputs(lw_strbuf_peek(&r->findings), stdout);
}

static void print_verify_json(const struct lw_verify_report *r)
{
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    const char *line = lw_strbuf_peek(&r->findings);
    lw_strbuf_printf(&b,
                     "{\"whole\":%s,\"records\":%jd,\"records_erased\":%jd,\"blobs\":%jd,"
                     "\"blobs_erased\":%jd,\"blobs_half_erased\":%jd,\"policies\":%jd,"
                     "\"audit_entries\":%jd,\"n_findings\":%jd,\"findings\":[",
                     r->n_findings ? "false" : "true", (intmax_t)r->records,
                     (intmax_t)r->records_erased, (intmax_t)r->blobs, (intmax_t)r->blobs_erased,
                     (intmax_t)r->blobs_half_erased, (intmax_t)r->policies,
                     (intmax_t)r->audit.entries, (intmax_t)r->n_findings);
    for (int i = 0; *line; i++) {
        size_t n = strcspn(line, "\n");
        LW_AUTO_MEM(char) one = strndup(line, n);
        lw_strbuf_puts(&b, i ? "," : "");
        lw_json_put_string(&b, one ? one : "");
        line += n + (line[n] == '\n');
    }
    lw_strbuf_puts(&b, "]}");
    puts(lw_strbuf_peek(&b));
}

static int cmd_verify(int argc, char **argv)
{
    struct verify_opts opts = {.json = false};
    struct lw_verify_report report;
    struct lw_why why = {0};
    int n = 0;
    int r =
        lw_opts_parse(&verify_usage, verify_table, LW_COUNT(verify_table), &opts, argc, argv, &n);
    if (r != 0)
        return r == LW_OPTS_HELP ? LW_EXIT_OK : LW_EXIT_FAULT;
    const struct lw_audit_opts audit = {.keys = opts.keys};
    if (lw_store_verify(&report, argv[1], &audit, &why) < 0)
        return lw_app_fault(argv[1], &why);
    (opts.json ? print_verify_json : print_verify)(&report);
    lw_strbuf_clear(&report.findings);
    return report.n_findings ? LW_EXIT_NEGATIVE : LW_EXIT_OK;
}

/* --- rotate, backup --- */

struct plain_opts {
    struct lw_app_store store;
    const char *out;
};

static const struct lw_opt rotate_table[] = {LW_APP_STORE_OPTS(struct plain_opts, store)};

static const struct lw_usage rotate_usage = {
    .command = "store rotate",
    .synopsis = "lanewise store rotate FILE",
    .about =
        "Makes new wrapping keys, wraps the keys of all photos, templates and fields under\n"
        "them, and destroys the old ones. Nothing is encrypted again. Interrupted, everything\n"
        "stays readable: run it again.",
    .examples = "  lanewise store rotate lane.db --actor k.lindt --purpose 'yearly'\n",
    .exit_codes = "  0  done\n  2  fault\n",
    .min_args = 1,
    .max_args = 1};

static int rotate(const struct plain_opts *o, const char *file, struct lw_why *why)
{
    LW_AUTO_STORE s = NULL;
    struct lw_rotate_report report;
    int r = lw_app_open_store(&s, file, &o->store, why);
    if (r < 0)
        return r;
    if ((r = lw_store_rotate(s, &report, why)) < 0) {
        lw_why_prefix(why, "%s", file);
        return r;
    }
    printf("generation %jd: %jd keys wrapped anew, %d old wrapping keys destroyed\n",
           (intmax_t)report.generation, (intmax_t)report.blobs, report.destroyed);
    return LW_OK;
}

static int cmd_rotate(int argc, char **argv)
{
    struct plain_opts opts = {.out = NULL};
    struct lw_why why = {0};
    int n = 0;
    int r =
        lw_opts_parse(&rotate_usage, rotate_table, LW_COUNT(rotate_table), &opts, argc, argv, &n);
    if (r != 0)
        return r == LW_OPTS_HELP ? LW_EXIT_OK : LW_EXIT_FAULT;
    return rotate(&opts, argv[1], &why) < 0 ? lw_app_fault(NULL, &why) : LW_EXIT_OK;
}

static const struct lw_opt backup_table[] = {
    {"out", LW_OPT_STRING, offsetof(struct plain_opts, out), "COPY", 0, 0,
     "The copy; there must be no such file yet."},
    LW_APP_STORE_OPTS(struct plain_opts, store),
};

static const struct lw_usage backup_usage = {
    .command = "store backup",
    .synopsis = "lanewise store backup FILE --out COPY",
    .about =
        "Copies a store while it is in use. The copy needs the key file of the store; what is\n"
        "purged later cannot be read in the copy any more.",
    .examples = "  lanewise store backup lane.db --out lane-monday.db\n",
    .exit_codes = "  0  done\n  2  fault: nothing is left behind\n",
    .min_args = 1,
    .max_args = 1};

static int backup(const struct plain_opts *o, const char *file, struct lw_why *why)
{
    LW_AUTO_STORE s = NULL;
    if (!o->out)
        return lw_why_set(why, LW_EINVAL, -1, "store backup: --out says where to");
    int r = lw_app_open_store(&s, file, &o->store, why);
    return r < 0 ? r : lw_store_backup(s, o->out, why);
}

static int cmd_backup(int argc, char **argv)
{
    struct plain_opts opts = {.out = NULL};
    struct lw_why why = {0};
    int n = 0;
    int r =
        lw_opts_parse(&backup_usage, backup_table, LW_COUNT(backup_table), &opts, argc, argv, &n);
    if (r != 0)
        return r == LW_OPTS_HELP ? LW_EXIT_OK : LW_EXIT_FAULT;
    return backup(&opts, argv[1], &why) < 0 ? lw_app_fault(NULL, &why) : LW_EXIT_OK;
}

/* --- stats --- */

struct stats_opts {
    const char *period;
    int64_t threshold;
    bool json;
};

static const struct lw_opt stats_table[] = {
    {"period", LW_OPT_STRING, offsetof(struct stats_opts, period), "PERIOD", 0, 0,
     "A month by days, 2026-11, or a day by hours, 2026-11-23; UTC (default: the last month)."},
    {"threshold", LW_OPT_INT, offsetof(struct stats_opts, threshold), "N", 3, 1000,
     "Counts under N are hidden, and what would give them away (default 10)."},
    {"json", LW_OPT_FLAG, offsetof(struct stats_opts, json), NULL, 0, 0,
     "One JSON object on standard output instead of a table."},
};

static const struct lw_usage stats_usage = {
    .command = "store stats",
    .synopsis = "lanewise store stats FILE [--period PERIOD] [--threshold N] [--json]",
    .about =
        "Counts without people (docs/formats/stats.md): crossings, completeness, verified and\n"
        "referred people, reasons, opt-outs, times, confirmed departures and arrivals by class.\n"
        "They outlive the records. Small counts are hidden, and so is what would let them be\n"
        "computed back. Days and hours that are not over are left out.",
    .examples = "  lanewise store stats lane.db\n"
                "  lanewise store stats lane.db --period 2026-11-23 --json\n",
    .exit_codes = "  0  done\n  2  fault, or nothing to show\n",
    .min_args = 1,
    .max_args = 1};

static int cmd_stats(int argc, char **argv)
{
    struct stats_opts opts = {.threshold = 10};
    LW_AUTO(lw_stats) stats = NULL;
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    struct lw_why why = {0};
    int n = 0;
    int r = lw_opts_parse(&stats_usage, stats_table, LW_COUNT(stats_table), &opts, argc, argv, &n);
    if (r != 0)
        return r == LW_OPTS_HELP ? LW_EXIT_OK : LW_EXIT_FAULT;
    const struct lw_stats_opts ask = {.period = opts.period, .threshold = opts.threshold};
    if (lw_store_stats(&stats, argv[1], &ask, &why) < 0)
        return lw_app_fault(argv[1], &why);
    (opts.json ? lw_stats_print_json : lw_stats_print_table)(&b, stats, opts.threshold);
    fputs(lw_strbuf_peek(&b), stdout);
    return LW_EXIT_OK;
}

int lw_cmd_store(int argc, char **argv)
{
    static const struct lw_command commands[] = {
        {"purge", "erase what is due under its policy", cmd_purge},
        {"verify", "is a store whole: file, audit chain, records, photos", cmd_verify},
        {"stats", "counts without people", cmd_stats},
        {"rotate", "new wrapping keys for what is kept", cmd_rotate},
        {"backup", "a copy of a store while it is in use", cmd_backup},
        {"export", "a person's own data as a ZIP, or the records of a time", lw_cmd_store_export},
        {"correct", "a new record in the place of a wrong one", lw_cmd_store_correct},
        {"erase", "a person's data before its time, where the policy allows", lw_cmd_store_erase},
    };
    static const struct lw_group group = {.name = "store",
                                          .about = "What was kept of crossings, and for how long.",
                                          .commands = commands,
                                          .n = LW_COUNT(commands)};
    return lw_group_run(&group, argc, argv);
}
