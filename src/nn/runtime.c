#include "nn/runtime.h"

#include <pthread.h>

static struct {
    pthread_mutex_t lock;
    OrtEnv *env;
    unsigned users;
} shared = {.lock = PTHREAD_MUTEX_INITIALIZER};

const OrtApi *lw_ort(void)
{
    return OrtGetApiBase()->GetApi(ORT_API_VERSION);
}

int lw_ort_check(OrtStatus *status, const char *doing, struct lw_why *why)
{
    if (!status)
        return LW_OK;
    int r = lw_why_set(why, LW_EFORMAT, -1, "%s: %s", doing, lw_ort()->GetErrorMessage(status));
    lw_ort()->ReleaseStatus(status);
    return r;
}

int lw_ort_acquire(OrtEnv **env, struct lw_why *why)
{
    if (!lw_ort())
        return lw_why_set(why, LW_EUNSUP, -1,
                          "ONNX Runtime %s is older than this program needs (API %d)",
                          OrtGetApiBase()->GetVersionString(), ORT_API_VERSION);
    int r = LW_OK;
    pthread_mutex_lock(&shared.lock);
    if (!shared.env)
        r = lw_ort_check(lw_ort()->CreateEnv(ORT_LOGGING_LEVEL_ERROR, "lanewise", &shared.env),
                         "starting ONNX Runtime", why);
    if (r == LW_OK) {
        shared.users++;
        *env = shared.env;
    }
    pthread_mutex_unlock(&shared.lock);
    return r;
}

void lw_ort_release(void)
{
    pthread_mutex_lock(&shared.lock);
    if (--shared.users == 0) {
        lw_ort()->ReleaseEnv(shared.env);
        shared.env = NULL;
    }
    pthread_mutex_unlock(&shared.lock);
}
