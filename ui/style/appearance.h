// How the whole window looks: the Fusion style with palettes of our own, so that every platform shows the
// same and the contrast is known. Text at least 4.5:1 on what lies behind it, graphics 3:1.
#pragma once

#include "ui/style/theme.h"

#include <QPalette>
#include <QString>

#include <functional>
#include <optional>
#include <string_view>

class QApplication;

namespace looptax {

enum class Appearance { System, Light, Dark };

std::string_view name(Appearance appearance); // "system", "light", "dark": for settings and menus
std::optional<Appearance> appearanceFromName(std::string_view name);

// Every group and role set: nothing of the platform's palette shines through.
QPalette paletteOf(ThemeKind kind);

// Style, palette and font of the program, now. System: light or dark as the desktop says, and again whenever
// it says otherwise, until the next call. systemIsDark stands in for the desktop in tests.
void applyAppearance(QApplication& app, Appearance appearance, std::function<bool()> systemIsDark = {});
// The same to the running program by its name; an unknown one is System.
void applyAppearance(const QString& name);

} // namespace looptax
