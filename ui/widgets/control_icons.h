// The signs of the control bar, drawn from the palette at the moment they are painted: they follow light and
// dark, and any scale, without a picture file.
#pragma once

#include <QIcon>

namespace looptax {

enum class ControlSign { Start, Pause, Skip, Stop, Trouble, Info, Good };

QIcon controlIcon(ControlSign sign);

} // namespace looptax
