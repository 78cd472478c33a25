#include "app/subject.h"

#include <string.h>

static bool take(char *out, size_t cap, const char *text, size_t n)
{
    if (n < 1 || n >= cap)
        return false;
    for (size_t i = 0; i < n; i++) {
        const char c = text[i] >= 'a' && text[i] <= 'z' ? (char)(text[i] - 'a' + 'A') : text[i];
        const bool filler = (c == ' ' || c == '<') && i > 0 && i + 1 < n;
        if (!((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || filler))
            return false;
        out[i] = filler ? ' ' : c;
    }
    out[n] = '\0';
    return true;
}

int lw_subject_parse(struct lw_subject *out, const char *option, const char *text,
                     struct lw_why *why)
{
    struct lw_subject s;
    const char *slash = strchr(text, '/');
    if (!slash || !take(s.state, sizeof(s.state), text, (size_t)(slash - text)) ||
        !take(s.number, sizeof(s.number), slash + 1, strlen(slash + 1)))
        return lw_why_set(why, LW_EINVAL, -1,
                          "%s is not STATE/NUMBER as UTO/L898902C3 (letters and digits)", option);
    *out = s;
    return LW_OK;
}
