/* found-row.c: a message that a search found
 *
 * See found-row.h. The match is made bold by attributes of byte ranges: the text is never markup.
 */
#include "app/found-row.h"

#include <glib/gi18n.h>

#include "app/when.h"
#include "app/words.h"

struct _KhFoundRow
{
  GtkListBoxRow parent_instance;

  /* template */
  GtkLabel *name;
  GtkLabel *time;
  GtkLabel *text;

  /* owned */
  KhSearchHit *hit;
};

G_DEFINE_FINAL_TYPE (KhFoundRow, kh_found_row, GTK_TYPE_LIST_BOX_ROW)

static PangoAttrList *
find_attributes (KhSearchHit *hit)
{
  PangoAttrList *attributes = pango_attr_list_new ();

  for (guint i = 0; i < kh_search_hit_get_n_found (hit); i++)
    {
      PangoAttribute *bold = pango_attr_weight_new (PANGO_WEIGHT_BOLD);

      kh_search_hit_get_found (hit, i, &bold->start_index, &bold->end_index);
      pango_attr_list_insert (attributes, bold);
    }
  return attributes;
}

static void
kh_found_row_dispose (GObject *object)
{
  KhFoundRow *self = KH_FOUND_ROW (object);

  g_clear_object (&self->hit);
  G_OBJECT_CLASS (kh_found_row_parent_class)->dispose (object);
}

static void
kh_found_row_class_init (KhFoundRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = kh_found_row_dispose;

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/knothole/Knothole/found-row.ui");
  gtk_widget_class_bind_template_child (widget_class, KhFoundRow, name);
  gtk_widget_class_bind_template_child (widget_class, KhFoundRow, time);
  gtk_widget_class_bind_template_child (widget_class, KhFoundRow, text);
}

static void
kh_found_row_init (KhFoundRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

KhFoundRow *
kh_found_row_new (KhSearchHit *hit)
{
  KhFoundRow *self = g_object_new (KH_TYPE_FOUND_ROW, NULL);
  const char *name = kh_conversation_get_name (kh_search_hit_get_conversation (hit));
  const char *text = kh_search_hit_get_snippet (hit);
  gint64 time_us = kh_chat_message_get_received_time (kh_search_hit_get_message (hit));
  g_autofree char *when = kh_when_short (time_us, g_get_real_time ());
  g_autoptr (PangoAttrList) attributes = find_attributes (hit);
  g_autofree char *label = g_strdup (name);

  kh_words_add (&label, text);
  kh_words_add (&label, when);
  self->hit = g_object_ref (hit);
  gtk_label_set_text (self->name, name);
  gtk_label_set_text (self->time, when);
  gtk_label_set_text (self->text, text);
  gtk_label_set_attributes (self->text, attributes);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
  return self;
}

KhSearchHit *
kh_found_row_get_hit (KhFoundRow *self)
{
  return self->hit;
}
