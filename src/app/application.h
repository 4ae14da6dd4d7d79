/* application.h: the program: one engine, its data folder, and its window
 *
 * Exit status of g_application_run(): 0, or 2 for a wrong command line.
 */
#pragma once

#include <adwaita.h>

#define KH_TYPE_APPLICATION (kh_application_get_type ())
G_DECLARE_FINAL_TYPE (KhApplication, kh_application, KH, APPLICATION, AdwApplication)

KhApplication *kh_application_new (void);
