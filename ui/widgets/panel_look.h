// Sizes, colours and the small helpers that every widget of the plan panel shares. Colours come from the
// palette and the theme alone.
#pragma once

#include "ui/style/theme.h"

#include <QPalette>
#include <QString>
#include <QStringList>

class QLabel;
class QWidget;

namespace looptax {

inline constexpr int kBodyPixels = 13;
inline constexpr int kSmallPixels = 12;
inline constexpr int kGap = 6; // px between rows at 1x

// Light or dark, after the palette's window colour.
Theme themeFor(const QPalette& palette);

QLabel* headingLabel(const QString& text, QWidget* parent);

// Gives a control its name for a screen reader, and the line edit inside a spin box or combo box too.
void nameControl(QWidget* control, const QString& name);

// Inputs become read-only or disabled; folds, scrolling and what carries the property "staysEnabled" go on
// working.
inline constexpr const char* kStaysEnabled = "staysEnabled";
void lockInputs(QWidget* root, bool editable);
// Disabled for a reason of its own, such as a design that is not chosen: unlocking the panel leaves it so.
void holdDisabled(QWidget* control, bool held);

// Tab goes by what is seen: through the layouts from the top down, whenever a control was made.
void chainTabOrder(QWidget* root);

} // namespace looptax
