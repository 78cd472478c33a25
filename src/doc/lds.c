#include "doc/lds.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"

static const struct lw_lds_info infos[LW_LDS_COUNT] = {
    [1] = {"DG1", "DG1.bin", 0x61},
    [2] = {"DG2", "DG2.bin", 0x75},
    [3] = {"DG3", "DG3.bin", 0x63},
    [4] = {"DG4", "DG4.bin", 0x76},
    [5] = {"DG5", "DG5.bin", 0x65},
    [6] = {"DG6", "DG6.bin", 0x66},
    [7] = {"DG7", "DG7.bin", 0x67},
    [8] = {"DG8", "DG8.bin", 0x68},
    [9] = {"DG9", "DG9.bin", 0x69},
    [10] = {"DG10", "DG10.bin", 0x6a},
    [11] = {"DG11", "DG11.bin", 0x6b},
    [12] = {"DG12", "DG12.bin", 0x6c},
    [13] = {"DG13", "DG13.bin", 0x6d},
    [14] = {"DG14", "DG14.bin", 0x6e},
    [15] = {"DG15", "DG15.bin", 0x6f},
    [16] = {"DG16", "DG16.bin", 0x70},
    [LW_LDS_COM] = {"EF_COM", "EF_COM.bin", 0x60},
    [LW_LDS_SOD] = {"EF_SOD", "EF_SOD.bin", 0x77},
    [LW_LDS_CARD_ACCESS] = {"EF_CardAccess", "EF_CardAccess.bin", 0},
    [LW_LDS_CARD_SECURITY] = {"EF_CardSecurity", "EF_CardSecurity.bin", 0},
};

const struct lw_lds_info *lw_lds_info(enum lw_lds_id ef)
{
    return &infos[ef];
}

enum lw_lds_id lw_lds_of_tag(uint32_t tag)
{
    for (int i = LW_LDS_DG1; i <= LW_LDS_DG16; i++)
        if (infos[i].tag == tag)
            return (enum lw_lds_id)i;
    return 0;
}

int lw_lds_new(struct lw_lds **out)
{
    struct lw_lds *lds = calloc(1, sizeof(*lds));
    if (!lds)
        return LW_ENOMEM;
    *out = lds;
    return LW_OK;
}

static void drop(struct lw_lds *lds, int ef)
{
    lw_wipe(lds->held[ef], lds->files[ef].n);
    free(lds->held[ef]);
    lds->held[ef] = NULL;
    lds->files[ef] = (struct lw_span){NULL, 0};
}

static void take(struct lw_lds *lds, int ef, uint8_t *data, size_t n)
{
    drop(lds, ef);
    lds->held[ef] = data;
    lds->files[ef] = (struct lw_span){data, n};
}

void lw_lds_free(struct lw_lds **lds)
{
    if (!*lds)
        return;
    for (int i = 0; i < LW_LDS_COUNT; i++)
        drop(*lds, i);
    free(*lds);
    *lds = NULL;
}

int lw_lds_put(struct lw_lds *lds, enum lw_lds_id ef, struct lw_span bytes)
{
    if (bytes.n > LW_LDS_FILE_BYTES_MAX)
        return LW_ELIMIT;
    uint8_t *copy = malloc(bytes.n + 1);
    if (!copy)
        return LW_ENOMEM;
    if (bytes.n)
        memcpy(copy, bytes.data, bytes.n);
    take(lds, (int)ef, copy, bytes.n);
    return LW_OK;
}

static int load_file(struct lw_lds *lds, const char *dir, int ef, struct lw_why *why)
{
    LW_AUTO_MEM(char) path = NULL;
    uint8_t *data = NULL;
    size_t n = 0;
    int r = lw_path_join(dir, infos[ef].file_name, &path, why);
    if (r == LW_OK)
        r = lw_file_read(path, LW_LDS_FILE_BYTES_MAX, &data, &n, why);
    if (r == LW_OK)
        take(lds, ef, data, n);
    else
        lw_why_prefix(why, "%s", infos[ef].file_name);
    return r;
}

int lw_lds_load(struct lw_lds **out, const char *dir, struct lw_why *why)
{
    LW_AUTO(lw_lds) lds = NULL;
    int found = 0;
    if (lw_lds_new(&lds) < 0)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory");
    for (int i = LW_LDS_DG1; i < LW_LDS_COUNT; i++) {
        int r = load_file(lds, dir, i, why);
        if (r < 0 && r != LW_ENOTFOUND)
            return r;
        found += r == LW_OK;
    }
    if (!found)
        return lw_why_set(why, LW_ENOTFOUND, -1, "no folder with EF_SOD.bin, DG1.bin or the like");
    *out = lds;
    lds = NULL;
    return LW_OK;
}

int lw_lds_open(struct lw_tlv_reader *inside, struct lw_tlv_limits *limits, uint32_t tag,
                struct lw_span file, struct lw_why *why)
{
    struct lw_tlv_reader r;
    struct lw_tlv t;
    int e = lw_tlv_open(&r, file, limits, why);
    if (e < 0 || (e = lw_tlv_expect(&r, tag, &t, why)) < 0 || (e = lw_tlv_end(&r, why)) < 0)
        return e;
    return lw_tlv_unwrap(&r, &t, inside, why);
}
