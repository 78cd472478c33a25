/* lanewise store export, erase, correct: what people may ask about themselves. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/app.h"
#include "app/cmd_store.h"
#include "app/store_opts.h"
#include "app/subject.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/zip.h"
#include "store/rights.h"

struct rights_opts {
    struct lw_app_store store;
    const char *subject, *ground, *out, *certificate;
    const char *record, *lane, *direction, *opened, *person_class, *verified;
    bool not_me;
};

#define REQUEST_OPTS                                                                               \
    {"subject",                                                                                    \
     LW_OPT_STRING,                                                                                \
     offsetof(struct rights_opts, subject),                                                        \
     "STATE/NUMBER",                                                                               \
     0,                                                                                            \
     0,                                                                                            \
     "The person's document: issuing state and number as in its machine readable zone."},          \
    {                                                                                              \
        "ground", LW_OPT_STRING, offsetof(struct rights_opts, ground), "TEXT", 0, 0,               \
            "The legal ground, for the audit chain; no personal data."                             \
    }

static int take_request(struct lw_request *q, const struct rights_opts *o, struct lw_why *why)
{
    struct lw_subject who;
    if (!o->subject)
        return lw_why_set(why, LW_EINVAL, -1, "--subject STATE/NUMBER says whose");
    if (!o->ground)
        return lw_why_set(why, LW_EINVAL, -1, "--ground says on which legal ground");
    int r = lw_subject_parse(&who, "--subject", o->subject, why);
    if (r < 0)
        return r;
    *q = (struct lw_request){.ground = o->ground};
    snprintf(q->who.issuer, sizeof(q->who.issuer), "%s", who.state);
    snprintf(q->who.number, sizeof(q->who.number), "%s", who.number);
    return LW_OK;
}

typedef int (*rights_fn)(struct lw_store *s, const struct lw_request *q,
                         const struct rights_opts *o, struct lw_why *why);

static int with_store(const struct rights_opts *o, const char *file, rights_fn run,
                      struct lw_why *why)
{
    LW_AUTO_STORE s = NULL;
    struct lw_request q;
    int r = take_request(&q, o, why);
    if (r < 0 || (r = lw_app_open_store(&s, file, &o->store, why)) < 0)
        return r;
    r = run(s, &q, o, why);
    if (r < 0)
        lw_why_prefix(why, "%s", file);
    return r;
}

static int run_command(const struct lw_usage *usage, const struct lw_opt *table, size_t n_table,
                       rights_fn run, int argc, char **argv)
{
    struct rights_opts opts = {.subject = NULL};
    struct lw_why why = {0};
    int n = 0;
    int r = lw_opts_parse(usage, table, n_table, &opts, argc, argv, &n);
    if (r != 0)
        return r == LW_OPTS_HELP ? LW_EXIT_OK : LW_EXIT_FAULT;
    r = with_store(&opts, argv[1], run, &why);
    return r < 0 ? lw_app_fault(NULL, &why) : r;
}

/* --- export --- */

static const struct lw_opt export_table[] = {
    REQUEST_OPTS,
    {"out", LW_OPT_STRING, offsetof(struct rights_opts, out), "FILE.zip", 0, 0,
     "Where to; there must be no such file yet."},
    LW_APP_STORE_OPTS(struct rights_opts, store),
};

static const struct lw_usage export_usage = {
    .command = "store export",
    .synopsis = "lanewise store export FILE --subject STATE/NUMBER --ground TEXT --purpose TEXT\n"
                "      --role ROLE --out FILE.zip",
    .about =
        "Gives a person their own data as a ZIP (docs/formats/own-data.md): what was decided,\n"
        "photos, templates, document fields, until when each is kept, and who has looked at it.\n"
        "Nothing of the other people in the vehicle is in it. Whoever asks has the document in\n"
        "their hands: its number finds the records, there is no list. The policy says which\n"
        "roles may do this; each record is an audit entry with ground and purpose.\n"
        "With --records it hands out the records of a time instead, to who may have them:\n"
        "`lanewise store export --records --help`.",
    .examples = "  lanewise store export lane.db --subject UTO/L898902C3 --role privacy \\\n"
                "    --ground 'GDPR Art. 15' --purpose 'letter 2026-114' --out own-data.zip\n",
    .exit_codes = "  0  done\n"
                  "  1  nothing is kept of the holder of that document\n"
                  "  2  fault, or not allowed: nothing is written",
    .min_args = 1,
    .max_args = 1};

static const char readme[] =
    "This is what the operator of the vehicle lane keeps of the holder of the document that\n"
    "data.json names. Each folder is one record of a crossing:\n\n"
    "  photo-N.jpg     taken in the lane\n"
    "  portrait-N.jpg  from the document\n"
    "  template-N.lwtp numbers that a face comparison uses; no picture can be seen in them\n"
    "  fields-N.json   what the machine readable zone says\n\n"
    "data.json says what was decided, until when each is kept and under which policy, whether a\n"
    "photo serves at later crossings, and who has done what with it. You may ask for a "
    "correction,\n"
    "and for erasure where the policy allows it.\n";

static int put_own(void *ctx, const char *name, struct lw_span bytes, struct lw_why *why)
{
    int r = lw_zip_add(ctx, name, bytes);
    return r < 0 ? lw_why_set(why, r, -1, "the ZIP cannot hold %.80s", name) : LW_OK;
}

static int write_zip(struct lw_zip *z, const char *path, struct lw_why *why)
{
    int r = lw_zip_finish(z);
    if (r < 0)
        return lw_why_set(why, r, -1, "no memory");
    umask(077); /* for the officer's eyes, then the person's */
    r = lw_file_write(path, lw_strbuf_span(&z->bytes), why);
    if (r < 0)
        lw_why_prefix(why, "%s", path);
    return r;
}

static int export_one(struct lw_store *s, const struct lw_request *q, const struct rights_opts *o,
                      struct lw_why *why)
{
    struct lw_zip z = LW_ZIP_INIT(lw_now_utc_us());
    struct lw_own_report report;
    if (!o->out)
        return lw_why_set(why, LW_EINVAL, -1, "--out says where to");
    if (access(o->out, F_OK) == 0)
        return lw_why_set(why, LW_EINVAL, -1, "%s is there already", o->out);
    int r =
        put_own(&z, "README.txt", (struct lw_span){(const uint8_t *)readme, strlen(readme)}, why);
    if (r == LW_OK)
        r = lw_store_own_data(s, q, put_own, &z, &report, why);
    if (r == LW_ENOTFOUND) {
        printf("%s\n", why->text);
        r = LW_EXIT_NEGATIVE;
    } else if (r == LW_OK && (r = write_zip(&z, o->out, why)) == LW_OK) {
        printf("%jd records, %jd files in %s\n", (intmax_t)report.records, (intmax_t)report.files,
               o->out);
    }
    lw_zip_wipe(&z);
    return r;
}

int lw_cmd_store_export(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], "--records") == 0)
            return lw_cmd_store_records(argc, argv);
    return run_command(&export_usage, export_table, LW_COUNT(export_table), export_one, argc, argv);
}

/* --- erase --- */

static const struct lw_opt erase_table[] = {
    REQUEST_OPTS,
    {"certificate", LW_OPT_STRING, offsetof(struct rights_opts, certificate), "FILE", 0, 0,
     "Write the signed certificate of what was erased there, too."},
    LW_APP_STORE_OPTS(struct rights_opts, store),
};

static const struct lw_usage erase_usage = {
    .command = "store erase",
    .synopsis = "lanewise store erase FILE --subject STATE/NUMBER --ground TEXT --purpose TEXT\n"
                "      --role ROLE [--certificate FILE]",
    .about =
        "Erases what is kept of a person before its time, from each record whose policy gives\n"
        "them that right (erase_on_request), and with it everything else that is due. The keys\n"
        "of photos, templates and fields are destroyed first. Other people of the same vehicle\n"
        "keep their decisions. Copies of the store that were made before can be read until the\n"
        "periods of their keys end; `lanewise store rotate` ends that at once.",
    .examples = "  lanewise store erase lane.db --subject UTO/L898902C3 --role privacy \\\n"
                "    --ground 'GDPR Art. 17' --purpose 'letter 2026-115'\n",
    .exit_codes = "  0  erased from every record\n"
                  "  1  nothing was kept, or a policy keeps some of it until its time\n"
                  "  2  fault, or not allowed: nothing is erased",
    .min_args = 1,
    .max_args = 1};

static int write_certificate(const char *path, struct lw_strbuf *b, struct lw_why *why)
{
    lw_strbuf_putc(b, '\n');
    int r = lw_strbuf_err(b) < 0 ? lw_why_set(why, LW_ENOMEM, -1, "no memory")
                                 : lw_file_write(path, lw_strbuf_span(b), why);
    if (r < 0)
        lw_why_prefix(why, "%s", path);
    return r;
}

static int erase_one(struct lw_store *s, const struct lw_request *q, const struct rights_opts *o,
                     struct lw_why *why)
{
    struct lw_erase_report report;
    int r = lw_store_erase(s, q, 0, &report, why);
    if (r == LW_ENOTFOUND) {
        printf("%s\n", why->text);
        return LW_EXIT_NEGATIVE;
    }
    if (r < 0)
        return r;
    printf("erased from %jd records; in %jd the policy keeps it until its time\n",
           (intmax_t)report.records, (intmax_t)report.refused);
    if (o->certificate && report.purge.certificate.n)
        r = write_certificate(o->certificate, &report.purge.certificate, why);
    lw_strbuf_clear(&report.purge.certificate);
    return r < 0 ? r : report.refused ? LW_EXIT_NEGATIVE : LW_EXIT_OK;
}

int lw_cmd_store_erase(int argc, char **argv)
{
    return run_command(&erase_usage, erase_table, LW_COUNT(erase_table), erase_one, argc, argv);
}

/* --- correct --- */

static const struct lw_opt correct_table[] = {
    REQUEST_OPTS,
    {"record", LW_OPT_STRING, offsetof(struct rights_opts, record), "ID", 0, 0,
     "The record that is wrong, as in the person's data.json."},
    {"class", LW_OPT_STRING, offsetof(struct rights_opts, person_class), "CLASS", 0, 0,
     "citizen, resident, noncitizen, diplomatic, minor or unknown, of that document."},
    {"direction", LW_OPT_STRING, offsetof(struct rights_opts, direction), "WORD", 0, 0,
     "inbound or outbound, of the crossing."},
    {"lane", LW_OPT_STRING, offsetof(struct rights_opts, lane), "NAME", 0, 0, "Of the crossing."},
    {"opened", LW_OPT_STRING, offsetof(struct rights_opts, opened), "TIME", 0, 0,
     "When the crossing began, as 2026-01-31T08:15:00Z."},
    {"verified", LW_OPT_STRING, offsetof(struct rights_opts, verified), "SEAT", 0, 0,
     "An officer says that who sat there (1L to 3R) is the document's holder."},
    {"not-me", LW_OPT_FLAG, offsetof(struct rights_opts, not_me), NULL, 0, 0,
     "Who was verified as the document's holder was somebody else."},
    LW_APP_STORE_OPTS(struct rights_opts, store),
};

static const struct lw_usage correct_usage = {
    .command = "store correct",
    .synopsis = "lanewise store correct FILE --subject STATE/NUMBER --record ID --ground TEXT\n"
                "      --purpose TEXT --role ROLE WHAT...",
    .about =
        "Corrects a record. Records never change: the correction is a new one that names the old\n"
        "one and takes its place in counts. What the old one keeps of that person stays no longer\n"
        "than the corrected one allows, and serves at no later crossing.",
    .examples = "  lanewise store correct lane.db --subject UTO/L898902C3 --role supervisor \\\n"
                "    --record 01KG9H2QZ00000000000000000 --class citizen \\\n"
                "    --ground 'GDPR Art. 16' --purpose 'letter 2026-116'\n",
    .exit_codes = "  0  done: the new record's id is printed\n"
                  "  1  nothing is kept of the holder of that document\n"
                  "  2  fault, or not allowed: nothing is changed",
    .min_args = 1,
    .max_args = 1};

static int take_class(const char *word, enum lw_person_class *out, struct lw_why *why)
{
    for (int i = 0; i <= LW_CLASS_UNKNOWN; i++)
        if (strcmp(word, lw_person_class_name((enum lw_person_class)i)) == 0) {
            *out = (enum lw_person_class)i;
            return LW_OK;
        }
    return lw_why_set(why, LW_EINVAL, -1, "--class \"%.40s\" is no class", word);
}

static int take_direction(const char *word, enum lw_direction *out, struct lw_why *why)
{
    for (int i = 0; i <= LW_OUTBOUND; i++)
        if (strcmp(word, lw_direction_name((enum lw_direction)i)) == 0) {
            *out = (enum lw_direction)i;
            return LW_OK;
        }
    return lw_why_set(why, LW_EINVAL, -1, "--direction \"%.40s\" is neither inbound nor outbound",
                      word);
}

static int correct_one(struct lw_store *s, const struct lw_request *q, const struct rights_opts *o,
                       struct lw_why *why)
{
    struct lw_correction c = {
        .record = o->record, .lane = o->lane, .verified_seat = o->verified, .not_me = o->not_me};
    enum lw_person_class person_class;
    enum lw_direction direction;
    int64_t opened;
    char id[LW_BUNDLE_ID];
    int r = LW_OK;
    if (!o->record)
        return lw_why_set(why, LW_EINVAL, -1, "--record says which");
    if (o->person_class && (r = take_class(o->person_class, &person_class, why)) < 0)
        return r;
    if (o->direction && (r = take_direction(o->direction, &direction, why)) < 0)
        return r;
    if (o->opened && lw_time_parse(o->opened, &opened) < 0)
        return lw_why_set(why, LW_EINVAL, -1,
                          "--opened \"%.40s\" is no time as "
                          "2026-01-31T08:15:00Z",
                          o->opened);
    c.person_class = o->person_class ? &person_class : NULL;
    c.direction = o->direction ? &direction : NULL;
    c.opened_utc_us = o->opened ? &opened : NULL;
    r = lw_store_correct(s, q, &c, id, why);
    if (r == LW_ENOTFOUND) {
        printf("%s\n", why->text);
        return LW_EXIT_NEGATIVE;
    }
    if (r == LW_OK)
        printf("%s\n", id);
    return r;
}

int lw_cmd_store_correct(int argc, char **argv)
{
    return run_command(&correct_usage, correct_table, LW_COUNT(correct_table), correct_one, argc,
                       argv);
}
