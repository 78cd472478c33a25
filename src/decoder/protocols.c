#include "decoder/protocols.h"

#include "card/secinfo.h"

static void put_protocol(struct lw_strbuf *b, const char *name)
{
    lw_strbuf_printf(b, "%s%s", b->n ? ", " : "", name);
}

void lw_protocols_put(struct lw_strbuf *b, struct lw_document *d, const struct lw_lds *lds)
{
    const struct lw_span dg14 = lds->files[LW_LDS_DG14], access = lds->files[LW_LDS_CARD_ACCESS];
    struct lw_secinfo info = {.n_pace = 0};
    struct lw_why why;
    char name[40];
    if (access.data && lw_secinfo_parse(&info, access, &why) < 0)
        lw_pa_find(&d->pa, "EF_CardAccess", "format", "%s", why.text);
    for (size_t i = 0; i < info.n_pace; i++) {
        lw_pace_info_print(name, &info.pace[i]);
        put_protocol(b, name);
    }
    info = (struct lw_secinfo){.n_pace = 0};
    if (dg14.data && lw_secinfo_parse_dg14(&info, dg14, &why) < 0)
        lw_pa_find(&d->pa, "DG14", "format", "%s", why.text);
    if (info.n_ca_keys > 0)
        put_protocol(b, "chip authentication");
    if (lds->files[LW_LDS_DG15].data)
        put_protocol(b, "active authentication");
}
