#include "app/eval_run.h"
#include "app/group.h"

int lw_cmd_eval(int argc, char **argv)
{
    static const struct lw_command commands[] = {
        {"pairs", "a list of pairs of pictures: file_x,file_y,same", lw_cmd_eval_pairs},
        {"faces", "DIR/person/photo.jpg, all against all", lw_cmd_eval_faces},
        {"crossings", "DIR/bundle/crossing.json with truth: who was captured, who verified",
         lw_cmd_eval_crossings},
        {"references", "what earlier photographs beside the portrait do to a claim",
         lw_cmd_eval_references},
    };
    static const struct lw_group group = {
        .name = "eval",
        .about = "Error rates on data with known truth, with 95 % intervals.",
        .commands = commands,
        .n = LW_COUNT(commands)};
    return lw_group_run(&group, argc, argv);
}
