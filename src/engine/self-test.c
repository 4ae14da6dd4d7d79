/* self-test.c: the known-answer tests, for front ends, which see nothing below the engine */
#include "engine/self-test.h"

#include "crypto/self-test.h"

gboolean
kh_engine_self_test (KhEngineSelfTestReport report, gpointer user_data)
{
  return kh_self_test (report, user_data);
}
