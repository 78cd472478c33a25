#include "app/cmd_store.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/app.h"
#include "app/records_print.h"
#include "app/store_opts.h"
#include "base/file.h"

/* What one file of records may hold. */
static const size_t BYTES_MAX = 1024 * LW_MIB;

struct records_opts {
    struct lw_app_store store;
    const char *since, *until, *ground, *format, *source, *out;
    bool records, photos;
};

static const struct lw_opt table[] = {
    {"records", LW_OPT_FLAG, offsetof(struct records_opts, records), NULL, 0, 0,
     "The records of a time, not one person's own data."},
    {"since", LW_OPT_STRING, offsetof(struct records_opts, since), "TIME", 0, 0,
     "Crossings closed then or later: 2026-01-31, or 2026-01-31T08:00:00Z (default: all)."},
    {"until", LW_OPT_STRING, offsetof(struct records_opts, until), "TIME", 0, 0,
     "Crossings closed before (default: now)."},
    {"ground", LW_OPT_STRING, offsetof(struct records_opts, ground), "TEXT", 0, 0,
     "The legal ground; it goes into the audit chain. Without one there is no export."},
    {"format", LW_OPT_STRING, offsetof(struct records_opts, format), "NAME", 0, 0,
     "jsonl: the records as they are (default), or type10: names of ITL Type-10 and 19794-5."},
    {"photos", LW_OPT_FLAG, offsetof(struct records_opts, photos), NULL, 0, 0,
     "With type10: the pictures that are still kept and that the role may read."},
    {"source", LW_OPT_STRING, offsetof(struct records_opts, source), "TEXT", 0, 0,
     "With type10: the source agency, field SRC (default: the lane)."},
    {"out", LW_OPT_STRING, offsetof(struct records_opts, out), "FILE", 0, 0,
     "Where to; there must be no such file yet."},
    LW_APP_STORE_OPTS(struct records_opts, store),
};

static const struct lw_usage usage = {
    .command = "store export",
    .synopsis = "lanewise store export FILE --records --ground TEXT --role ROLE --out FILE",
    .about =
        "Hands out the records of a time, one JSON object a line "
        "(docs/formats/records-export.md).\n"
        "The policy that each was kept under decides: the role has to be one that may export and\n"
        "that may read what is known of everybody in the vehicle; other records are left out and\n"
        "counted. The ground, every record that goes out and the digest of the file are in the\n"
        "audit chain before the file is there.",
    .examples =
        "  lanewise store export lane.db --records --role privacy --ground 'order 12/2026' \\\n"
        "      --since 2026-01-31 --until 2026-02-01 --out records.jsonl\n",
    .exit_codes = "  0  done\n"
                  "  2  fault: no ground, a role that may not, nothing was handed out\n",
    .min_args = 1,
    .max_args = 1};

struct session {
    const struct records_opts *opts;
    bool type10;
    struct lw_strbuf out;
};

static int print_item(void *ctx, const struct lw_export_item *item, struct lw_why *why)
{
    struct session *s = ctx;
    int r = LW_OK;
    if (s->type10)
        r = lw_records_print_type10(&s->out, item, s->opts->source, why);
    else {
        lw_strbuf_put(&s->out, item->bytes.data, item->bytes.n);
        lw_strbuf_putc(&s->out, '\n');
    }
    if (r == LW_OK && lw_strbuf_err(&s->out) < 0)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory");
    if (r == LW_OK && s->out.n > BYTES_MAX)
        return lw_why_set(why, LW_ELIMIT, -1, "more than %zu MiB: ask for less time",
                          BYTES_MAX / LW_MIB);
    return r;
}

static int parse_time(const char *option, const char *text, int64_t *utc_us, struct lw_why *why)
{
    char full[48];
    if (!text)
        return LW_OK;
    snprintf(full, sizeof(full), "%.28s%s", text, strlen(text) == 10 ? "T00:00:00Z" : "");
    if (strlen(text) <= 28 && lw_time_parse(full, utc_us) == LW_OK)
        return LW_OK;
    return lw_why_set(why, LW_EINVAL, -1,
                      "--%s \"%.40s\" is neither like 2026-01-31 nor like 2026-01-31T08:00:00Z",
                      option, text);
}

static int check_opts(struct session *s, struct lw_export_query *q, struct lw_why *why)
{
    const struct records_opts *o = s->opts;
    s->type10 = o->format && strcmp(o->format, "type10") == 0;
    if (!o->ground)
        return lw_why_set(why, LW_EINVAL, -1, "store export: --ground says on what legal ground");
    if (!o->out)
        return lw_why_set(why, LW_EINVAL, -1, "store export: --out says where to");
    if (o->format && !s->type10 && strcmp(o->format, "jsonl") != 0)
        return lw_why_set(why, LW_EINVAL, -1, "--format \"%.40s\" is neither jsonl nor type10",
                          o->format);
    if (!s->type10 && (o->photos || o->source))
        return lw_why_set(why, LW_EINVAL, -1, "--photos and --source need --format type10");
    if (access(o->out, F_OK) == 0)
        return lw_why_set(why, LW_EINVAL, -1, "%s is there already", o->out);
    *q = (struct lw_export_query){.ground = o->ground, .photos = o->photos};
    int r = parse_time("since", o->since, &q->since_utc_us, why);
    return r < 0 ? r : parse_time("until", o->until, &q->until_utc_us, why);
}

static int export_records(struct session *s, const char *file, struct lw_why *why)
{
    LW_AUTO_STORE store = NULL;
    struct lw_export_query query;
    struct lw_export_report report;
    int r = check_opts(s, &query, why);
    if (r < 0 || (r = lw_app_open_store(&store, file, &s->opts->store, why)) < 0)
        return r;
    r = lw_store_export_records(store, &query, print_item, s, &report, why);
    if (r == LW_OK)
        r = lw_store_export_end(store, &report, lw_strbuf_span(&s->out), why);
    if (r < 0) {
        lw_why_prefix(why, "%s", file);
        return r;
    }
    umask(077); /* the file is its owner's alone */
    if ((r = lw_file_write(s->opts->out, lw_strbuf_span(&s->out), why)) < 0) {
        lw_why_prefix(why, "%s", s->opts->out);
        return r;
    }
    printf("%jd records, %jd photos; %jd withheld by their policy, %jd purged\n",
           (intmax_t)report.records, (intmax_t)report.photos, (intmax_t)report.withheld,
           (intmax_t)report.purged);
    return LW_OK;
}

int lw_cmd_store_records(int argc, char **argv)
{
    struct records_opts opts = {.records = true};
    struct lw_why why = {0};
    int n = 0;
    int r = lw_opts_parse(&usage, table, LW_COUNT(table), &opts, argc, argv, &n);
    if (r != 0)
        return r == LW_OPTS_HELP ? LW_EXIT_OK : LW_EXIT_FAULT;
    struct session s = {.opts = &opts, .out = LW_STRBUF_INIT};
    r = export_records(&s, argv[1], &why);
    if (s.out.n > 0)
        lw_wipe(s.out.s, s.out.n);
    lw_strbuf_clear(&s.out);
    return r < 0 ? lw_app_fault(NULL, &why) : LW_EXIT_OK;
}
