#include "app/eval_run.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/parallel.h"
#include "crypt/digest.h"
#include "eval/outdir.h"

static void put_word(struct lw_strbuf *b, const char *word)
{
    static const char plain[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-/=,:+@%";
    lw_strbuf_putc(b, ' ');
    if (*word && word[strspn(word, plain)] == '\0') {
        lw_strbuf_puts(b, word);
        return;
    }
    lw_strbuf_putc(b, '\'');
    for (; *word; word++)
        if (*word == '\'')
            lw_strbuf_puts(b, "'\\''");
        else
            lw_strbuf_putc(b, *word);
    lw_strbuf_putc(b, '\'');
}

void lw_eval_note_command(char *out, size_t n, int argc, char **argv)
{
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    lw_strbuf_puts(&b, "lanewise eval");
    for (int i = 0; i < argc; i++)
        put_word(&b, argv[i]);
    snprintf(out, n, "%s", lw_strbuf_peek(&b));
}

/* The folder of a file that is to be written at the end. */
static int check_folder_of(const char *path, struct lw_why *why)
{
    LW_AUTO_MEM(char) dir = strdup(path);
    if (!dir)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory");
    char *slash = strrchr(dir, '/');
    if (slash)
        slash[slash == dir] = '\0';
    if (access(slash ? dir : ".", W_OK | X_OK) < 0)
        return lw_why_set(why, LW_EIO, -1, "%s: its folder cannot be written: %s", path,
                          strerror(errno));
    return LW_OK;
}

int lw_eval_lacks_out(const char *command)
{
    fprintf(stderr, "lanewise %s: --out DIR is missing; see 'lanewise %s --help'\n", command,
            command);
    return LW_EXIT_FAULT;
}

int lw_eval_begin(struct lw_eval_run *run, struct lw_eval_opts *opts, const struct lw_usage *usage,
                  const struct lw_opt *table, size_t n_table, int argc, char **argv)
{
    struct lw_why why;
    int n_args;
    *run = (struct lw_eval_run){.opts = opts};
    lw_eval_note_command(run->command, sizeof(run->command), argc, argv);
    int r = lw_opts_parse(usage, table, n_table, opts, argc, argv, &n_args);
    if (r != LW_OK)
        return r == LW_OPTS_HELP ? LW_EXIT_OK : LW_EXIT_FAULT;
    if (!opts->out)
        return lw_eval_lacks_out(usage->command);
    run->data_name = argv[1];
    run->threads = lw_app_threads(&opts->models);
    lw_progress_quiet(opts->quiet);
    if (lw_outdir_check(opts->out, &why) < 0 ||
        (opts->calibration && check_folder_of(opts->calibration, &why) < 0))
        return lw_app_fault(NULL, &why);
    return -1;
}

void lw_eval_end(struct lw_eval_run *run)
{
    lw_scores_clear(&run->scores);
    lw_photos_free(&run->photos);
    lw_facekit_free(&run->kit);
}

static void show_progress(size_t done, size_t total)
{
    lw_progress("photographs", done, total);
}

int lw_eval_extract(struct lw_eval_run *run, struct lw_why *why)
{
    int r = lw_app_open_kit(&run->kit, &run->opts->models, NULL, why);
    if (r < 0)
        return r;
    r = lw_photos_extract(run->photos, run->kit, run->threads, show_progress, why);
    lw_progress_end();
    size_t missed = lw_photos_missed(run->photos);
    run->result.fta = lw_rate_of((double)missed, (double)run->photos->n);
    return r;
}

struct digesting {
    const struct lw_photos *photos;
    uint8_t (*digests)[LW_SHA256_BYTES];
};

static int digest_one(void *ctx, size_t i, unsigned worker)
{
    const struct digesting *d = ctx;
    LW_AUTO_MEM(uint8_t) data = NULL;
    size_t n;
    LW_UNUSED(worker);
    int r = lw_file_read(d->photos->v[i].path, 64 * LW_MIB, &data, &n, NULL);
    return r < 0 ? r : lw_sha256(d->digests[i], (struct lw_span){.data = data, .n = n});
}

/* SHA-256 over the SHA-256 of each picture, in order: the same pictures give the same text wherever
 * they lie. */
static int digest_photos(char hex[LW_SHA256_HEX], const struct lw_photos *p, unsigned threads)
{
    struct digesting d = {.photos = p, .digests = calloc(p->n + 1, sizeof(*d.digests))};
    if (!d.digests)
        return LW_ENOMEM;
    int r = lw_parallel(p->n, threads, digest_one, &d);
    if (r == LW_OK)
        r = lw_sha256_hex(hex,
                          (struct lw_span){.data = d.digests[0], .n = p->n * sizeof(*d.digests)});
    free(d.digests);
    return r;
}

static int describe_data(struct lw_eval_run *run, struct lw_why *why)
{
    char hex[LW_SHA256_HEX], photos[32], people[64] = "";
    int r = digest_photos(hex, run->photos, run->threads);
    if (r < 0)
        return lw_why_set(why, r, -1, "%s: the pictures cannot be read again", run->data_name);
    snprintf(photos, sizeof(photos), "%zu photographs", run->photos->n);
    if (run->photos->people)
        snprintf(people, sizeof(people), " of %zu people", run->photos->people);
    snprintf(run->data, sizeof(run->data), "%s%s, sha256 of their sha256 %s", photos, people, hex);
    return LW_OK;
}

/* The names of the photographs without a face; yours (free), the names are borrowed. */
static const char **list_missed(const struct lw_photos *p, size_t *n)
{
    const char **names = calloc(p->n + 1, sizeof(*names));
    *n = 0;
    for (size_t i = 0; names && i < p->n; i++)
        if (!p->v[i].tmpl)
            names[(*n)++] = p->v[i].name;
    return names;
}

static int print_report(struct lw_eval_run *run, struct lw_verification_story *story,
                        struct lw_strbuf *html, struct lw_why *why)
{
    char when[LW_TIME_TEXT];
    lw_time_print(when, lw_now_utc_us());
    const struct lw_fact facts[] = {
        {"Command", run->command},
        {"Data", run->data_name},
        {"Photographs", run->data},
        {"Matcher", lw_matcher_model(lw_facekit_matcher(run->kit))},
        {"Program", "lanewise " LW_VERSION},
        {"Made", when},
    };
    size_t n_missed;
    const char **missed = list_missed(run->photos, &n_missed);
    if (!missed)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory");
    story->facts = facts;
    story->n_facts = LW_COUNT(facts);
    story->missed = missed;
    story->n_missed = n_missed;
    story->pictures = run->opts->pictures;
    int r = lw_verification_put_html(html, &run->result, story, why);
    free(missed);
    return r;
}

static int write_calibration(const struct lw_eval_run *run, const char *kind, struct lw_why *why)
{
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    char command[128];
    if (!run->opts->calibration)
        return LW_OK;
    /* Folder names of one machine say nothing to the reader of a card. */
    snprintf(command, sizeof(command), "lanewise eval %s --out DIR --calibration FILE", kind);
    lw_verification_put_calibration(&b, &run->result, run->data, command);
    int r = lw_strbuf_err(&b) ? lw_why_set(why, LW_ENOMEM, -1, "no memory")
                              : lw_file_write(run->opts->calibration, lw_strbuf_span(&b), why);
    if (r < 0)
        lw_why_prefix(why, "%s", run->opts->calibration);
    return r;
}

static void print_table(const struct lw_eval_run *run)
{
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    lw_verification_put_text(&b, &run->result);
    printf("%-26s %zu\n%s\nwritten to %s\n", "photographs", run->photos->n, lw_strbuf_peek(&b),
           run->opts->out);
}

int lw_eval_write(struct lw_eval_run *run, struct lw_verification_story *story,
                  const char *const more_name, const struct lw_strbuf *more, struct lw_why *why)
{
    LW_AUTO_STRBUF html = LW_STRBUF_INIT;
    LW_AUTO_STRBUF json = LW_STRBUF_INIT;
    const struct lw_out_file files[] = {
        {"summary.json", &json}, {"report.html", &html}, {more_name, more}};
    lw_verification_put_json(&json, &run->result);
    int r = describe_data(run, why);
    if (r < 0 || (r = print_report(run, story, &html, why)) < 0 ||
        (r = write_calibration(run, run->photos->people ? "faces DIR" : "pairs PAIRS.csv", why)) <
            0 ||
        (r = lw_outdir_write(run->opts->out, files, more ? 3 : 2, why)) < 0)
        return r;
    print_table(run);
    return LW_OK;
}
