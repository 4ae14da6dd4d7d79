/* path-model.h: what a drawing of a connection shows, as plain values
 *
 * Made of the engine's report; knows no toolkit. The same is said in words, for who cannot see it.
 */
#pragma once

#include "engine/verdict-report.h"

/* Direct paths that are drawn; more would be a blur. The relay is one more. */
#define KH_PATH_LINES_MAX 6

typedef enum
{
  KH_PATH_LINE_USED,
  KH_PATH_LINE_WORKS,
  KH_PATH_LINE_ANSWERED, /* heard; not known yet whether it works both ways */
  KH_PATH_LINE_TRYING,
  KH_PATH_LINE_FAILED,
} KhPathLineState;
#define KH_PATH_LINE_STATES 5

typedef enum
{
  KH_PATH_WAY_DIRECT, /* from router to router */
  KH_PATH_WAY_LOCAL,  /* between the machines, within one network */
  KH_PATH_WAY_RELAY,  /* over the server */
} KhPathWay;

typedef struct
{
  KhPathWay way;
  KhPathLineState state;
} KhPathLine;

/**
 * KhPathModel:
 * @peer: the other's name
 * @is_trying: an attempt goes on: what is tried moves
 * @lines: the best first; at most one of them is the relay
 * @counts: of all paths, by state: those that are not drawn too
 */
typedef struct
{
  char *peer;
  KhNetworkKind ours, theirs;
  gboolean is_trying;
  KhPathLine lines[KH_PATH_LINES_MAX + 1];
  guint n_lines;
  guint counts[KH_PATH_LINE_STATES];
} KhPathModel;

/* @report: (nullable): NULL before the first session */
KhPathModel *kh_path_model_new (const KhVerdictReport *report, const char *peer);
void kh_path_model_free (KhPathModel *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KhPathModel, kh_path_model_free)

/* (transfer full): all of it as sentences */
char *kh_path_model_dup_description (const KhPathModel *self);

/* "ordinary router": a network in two words, translated; as a label. */
const char *kh_path_model_network_words (KhNetworkKind kind);
/* "in use", "no answer": translated; for the key to the lines. */
const char *kh_path_model_state_words (KhPathLineState state);
