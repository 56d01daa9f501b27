// Fusion with outlines that can be seen. Fusion draws the edge of a check box, a radio button and a line edit
// by darkening the window's colour: on a dark window nothing is left of it.
#pragma once

#include <QProxyStyle>

namespace looptax {

class WorkbenchStyle : public QProxyStyle {
    Q_OBJECT
public:
    static constexpr const char* kName = "looptax";
    WorkbenchStyle();

    void drawPrimitive(PrimitiveElement element, const QStyleOption* option, QPainter* painter,
                       const QWidget* widget) const override;
};

} // namespace looptax
