/* message-list-private.h: KhMessageList across its files */
#pragma once

#include "engine/message-list.h"

typedef enum
{
  KH_MESSAGE_LIST_EMPTY,
  KH_MESSAGE_LIST_LOADING,
  KH_MESSAGE_LIST_READY,
} KhMessageListStage;

struct _KhMessageList
{
  GObject parent_instance;

  KhConversation *conversation; /* borrowed (nullable): it owns the list, others may keep it */
  gint64 contact;
  KhMessageListStage stage;
  guint generation;
  gboolean has_older;
  gboolean has_newer;
  /* (element-type KhChatMessage), growing seq */
  GPtrArray *messages;
  /* KhMessageId → Alive: what somebody holds; a message leaves as it dies */
  GHashTable *alive;
};

void kh_message_list_set_more (KhMessageList *self, gboolean has_older, gboolean has_newer);
/* Of the last message; 0 where there is none. */
gint64 kh_message_list_last_seq (KhMessageList *self);
