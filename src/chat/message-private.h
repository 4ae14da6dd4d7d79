/* message-private.h: keys of options, for message.c that reads and message-encode.c that writes */
#pragma once

#include "chat/message.h"

/* of text */
#define KH_OPTION_REPLY_TO 0x01
/* of profile */
#define KH_OPTION_HASH 0x01
#define KH_OPTION_PICTURE 0x02
