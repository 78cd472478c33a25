/* Runs a fuzz target over every file of a corpus folder; TAP out. A folder without files fails. */
#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int main(int argc, char **argv)
{
    struct lw_names names = {0};
    struct lw_why why;
    if (argc != 2 || lw_names_list(&names, argv[1], 100000, &why) < 0 || names.n == 0) {
        puts("Bail out! no corpus");
        return 1;
    }
    printf("1..%zu\n", names.n);
    for (size_t i = 0; i < names.n; i++) {
        char *path = NULL;
        uint8_t *data = NULL;
        size_t n = 0;
        if (lw_path_join(argv[1], names.v[i], &path, &why) < 0 ||
            lw_file_read(path, 64 * LW_MIB, &data, &n, &why) < 0) {
            printf("not ok %zu - %s\n", i + 1, names.v[i]);
        } else {
            LLVMFuzzerTestOneInput(data, n);
            printf("ok %zu - %s\n", i + 1, names.v[i]);
        }
        free(path);
        free(data);
    }
    lw_names_clear(&names);
    return 0;
}
