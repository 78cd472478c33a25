#include <stdio.h>

#include "app/app.h"

int lw_cmd_bench(int argc, char **argv)
{
    LW_UNUSED(argc);
    fprintf(stderr, "lanewise: %s is not built yet\n", argv[0]);
    return LW_EXIT_FAULT;
}
