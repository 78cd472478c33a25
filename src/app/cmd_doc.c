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
