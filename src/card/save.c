#include "card/save.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/json.h"

int lw_card_check_folder(const char *dir, struct lw_why *why)
{
    struct lw_names names = {0};
    struct lw_why bad;
    struct stat st;
    if (stat(dir, &st) == 0 && !S_ISDIR(st.st_mode))
        return lw_why_set(why, LW_EFORMAT, -1, "is no folder");
    int r = lw_names_list(&names, dir, 1, &bad);
    bool empty = r == LW_OK && names.n == 0;
    lw_names_clear(&names);
    if (empty || r == LW_ENOTFOUND)
        return LW_OK;
    if (r == LW_OK || r == LW_ELIMIT)
        return lw_why_set(why, LW_EFORMAT, -1, "is not empty");
    return lw_why_set(why, r, -1, "%s", bad.text);
}

static int write_files(const struct lw_card *card, const char *dir, struct lw_why *why)
{
    int r = LW_OK;
    for (int ef = 0; r == LW_OK && ef < LW_EF_COUNT; ef++) {
        const struct lw_ef_file *f = &card->files[ef];
        char name[32];
        LW_AUTO_MEM(char) path = NULL;
        if (f->state != LW_EF_READ)
            continue;
        snprintf(name, sizeof(name), "%s.bin", lw_ef_info((enum lw_ef)ef)->name);
        r = lw_path_join(dir, name, &path, why);
        if (r == LW_OK)
            r = lw_file_write(path, lw_strbuf_span(&f->bytes), why);
    }
    return r;
}

/* Only what write_files can have made. */
static void remove_files(const char *dir)
{
    for (int ef = 0; ef < LW_EF_COUNT; ef++) {
        LW_AUTO_MEM(char) path = NULL;
        if (asprintf(&path, "%s/%s.bin", dir, lw_ef_info((enum lw_ef)ef)->name) >= 0)
            unlink(path);
    }
    rmdir(dir);
}

static int fill_and_rename(const struct lw_card *card, char *tmp, const char *dir,
                           struct lw_why *why)
{
    mode_t mask = umask(0);
    umask(mask);
    if (!mkdtemp(tmp))
        return lw_why_set(why, LW_EIO, -1, "cannot be made: %s", strerror(errno));
    int r = write_files(card, tmp, why);
    if (r == LW_OK && (chmod(tmp, 0777 & ~mask) < 0 || rename(tmp, dir) < 0))
        r = lw_why_set(why, LW_EIO, -1, "cannot be made: %s", strerror(errno));
    if (r < 0)
        remove_files(tmp);
    return r;
}

int lw_card_save(const struct lw_card *card, const char *dir, struct lw_why *why)
{
    LW_AUTO_MEM(char) path = strdup(dir);
    LW_AUTO_MEM(char) tmp = NULL;
    size_t n = strlen(dir);
    if (!path)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory");
    while (n > 1 && path[n - 1] == '/')
        path[--n] = '\0';
    if (n == 0)
        return lw_why_set(why, LW_EFORMAT, -1, "is an empty path");
    char *slash = strrchr(path, '/');
    if (slash && slash != path) {
        *slash = '\0';
        int r = lw_dir_make(path, why);
        *slash = '/';
        if (r < 0)
            return r;
    }
    if (asprintf(&tmp, "%s.XXXXXX", path) < 0)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory");
    return fill_and_rename(card, tmp, path, why);
}

static const char *access_name(enum lw_card_access a)
{
    static const char *const names[] = {"none", "bac", "pace"};
    return names[a];
}

static void put_files_json(struct lw_strbuf *b, const struct lw_card *card)
{
    bool first = true;
    lw_strbuf_puts(b, ", \"files\": {");
    for (int ef = 0; ef < LW_EF_COUNT; ef++) {
        const struct lw_ef_file *f = &card->files[ef];
        if (f->state == LW_EF_UNTRIED && f->bytes.n == 0)
            continue;
        lw_strbuf_printf(b, "%s\"%s\": {\"state\": \"%s\", \"bytes\": %zu}", first ? "" : ", ",
                         lw_ef_info((enum lw_ef)ef)->name, lw_ef_state_name(f->state), f->bytes.n);
        first = false;
    }
    lw_strbuf_puts(b, "}");
}

static void put_findings_json(struct lw_strbuf *b, const struct lw_card *card)
{
    lw_strbuf_puts(b, ", \"findings\": [");
    for (size_t i = 0; i < card->n_findings; i++) {
        lw_strbuf_printf(b, "%s{\"rule\": \"%s\", \"text\": ", i ? ", " : "",
                         card->findings[i].rule);
        lw_json_put_string(b, card->findings[i].text);
        lw_strbuf_puts(b, "}");
    }
    lw_strbuf_puts(b, "]");
}

static double ms(int64_t ns)
{
    return (double)ns / (double)LW_MS;
}

void lw_card_put_json(struct lw_strbuf *b, const struct lw_card *card)
{
    lw_strbuf_printf(b, "{\"access\": \"%s\", \"protocol\": ", access_name(card->access));
    lw_json_put_string(b, card->protocol);
    put_files_json(b, card);
    lw_strbuf_printf(b,
                     ", \"chip_authentication\": \"%s\", \"active_authentication\": \"%s\", "
                     "\"pace_cam\": \"%s\"",
                     lw_proof_name(card->chip), lw_proof_name(card->active),
                     lw_proof_name(card->cam));
    put_findings_json(b, card);
    lw_strbuf_printf(b,
                     ", \"lost\": %u, \"commands\": %zu, \"timing_ms\": {\"total\": %.1f, "
                     "\"card\": %.1f}}\n",
                     card->lost, card->apdus, ms(card->total_ns), ms(card->raw_ns));
}

void lw_card_put_text(struct lw_strbuf *b, const struct lw_card *card)
{
    lw_strbuf_printf(b, "access                 %s\n", card->protocol);
    for (int ef = 0; ef < LW_EF_COUNT; ef++) {
        const struct lw_ef_file *f = &card->files[ef];
        const char *name = lw_ef_info((enum lw_ef)ef)->name;
        if (f->state == LW_EF_READ)
            lw_strbuf_printf(b, "%-22s %zu bytes\n", name, f->bytes.n);
        else if (f->state == LW_EF_BROKEN || f->state == LW_EF_DENIED)
            lw_strbuf_printf(b, "%-22s %s\n", name, lw_ef_state_name(f->state));
    }
    lw_strbuf_printf(b, "chip authentication    %s\n", lw_proof_name(card->chip));
    lw_strbuf_printf(b, "active authentication  %s\n", lw_proof_name(card->active));
    if (card->cam != LW_PROOF_UNTRIED)
        lw_strbuf_printf(b, "PACE chip mapping      %s\n", lw_proof_name(card->cam));
    for (size_t i = 0; i < card->n_findings; i++)
        lw_strbuf_printf(b, "finding: %s: %s\n", card->findings[i].rule, card->findings[i].text);
    lw_strbuf_printf(b, "%zu commands in %.0f ms, %.0f ms of them in the card\n", card->apdus,
                     ms(card->total_ns), ms(card->raw_ns));
}
