#include "app/cmd_doc.h"

#include <stdio.h>

#include "app/app.h"
#include "app/group.h"
#include "base/clock.h"

int lw_doc_date(const char *date, const char *command, int64_t *utc_us)
{
    char text[32];
    *utc_us = lw_now_utc_us();
    if (!date)
        return LW_OK;
    snprintf(text, sizeof(text), "%.11sT00:00:00Z", date);
    if (lw_time_parse(text, utc_us) == LW_OK)
        return LW_OK;
    lw_app_complain(command, "--date \"%.40s\" is no date YYYY-MM-DD", date);
    return LW_EINVAL;
}

int lw_doc_load_trust(struct lw_trust **out, const struct lw_opt_list *paths, const char **place,
                      struct lw_why *why)
{
    LW_AUTO(lw_trust) trust = NULL;
    struct lw_trust_sum sum = {0};
    if (paths->n == 0)
        return LW_OK;
    if (lw_trust_new(&trust) < 0)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory");
    for (size_t i = 0; i < paths->n; i++) {
        *place = paths->v[i];
        int r = lw_trust_load(trust, paths->v[i], &sum, why);
        if (r < 0)
            return r;
    }
    *out = trust;
    trust = NULL;
    return LW_OK;
}

int lw_cmd_doc(int argc, char **argv)
{
    static const struct lw_command commands[] = {
        {"mrz", "read machine readable zones, check their digits", lw_cmd_doc_mrz},
        {"check", "a folder of chip files: fields, portrait, authenticity", lw_cmd_doc_check},
        {"trust", "whom to believe: certificates of issuing states", lw_cmd_doc_trust},
        {"vds", "visible digital seals of visas: signature, contents", lw_cmd_doc_vds},
        {"manifest", "a group's own list, signed: make, check", lw_cmd_doc_manifest},
        {"read", "read a chip through PC/SC into a folder", lw_cmd_doc_read},
    };
    static const struct lw_group group = {
        .name = "doc",
        .about = "Travel documents: machine readable zones, chips, and whom to believe.",
        .commands = commands,
        .n = LW_COUNT(commands)};
    return lw_group_run(&group, argc, argv);
}
