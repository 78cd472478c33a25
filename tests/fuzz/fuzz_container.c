/* A video file of any kind: its outermost elements, then its first frames. */
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cam/impl.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void read_frames(int fd)
{
    struct lw_source_opts o = LW_SOURCE_DEFAULTS;
    struct lw_source *s = NULL;
    struct lw_frame f;
    char path[40];
    o.max_side = 512;
    o.max_frames = 12;
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    if (lw_source_open(&s, NULL, path, &o, NULL) < 0)
        return;
    while (lw_source_next(s, &f, NULL) == 1)
        lw_image_unref(&f.image);
    lw_source_close(&s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    const int fd = memfd_create("container", MFD_CLOEXEC);
    if (fd < 0)
        return 0;
    if (write(fd, data, n) == (ssize_t)n) {
        lw_container_whole(fd, (int64_t)n, NULL);
        read_frames(fd);
    }
    close(fd);
    return 0;
}
