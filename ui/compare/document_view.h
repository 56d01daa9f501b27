// A document of report/ on screen, in the colours of the window. Loads nothing and follows no link, whatever stands
// in it: every text is escaped, and there is nobody behind the view to fetch anything.
#pragma once

#include "report/document.h"
#include "ui/style/theme.h"

#include <QTextBrowser>

namespace looptax {

// The rich text that Qt's own page understands. Drawings are left out and named.
QString richText(const doc::Document& document, const Theme& theme);

class DocumentView : public QTextBrowser {
    Q_OBJECT
public:
    explicit DocumentView(QWidget* parent = nullptr);

    void show(doc::Document document);
    using QWidget::show;
    const doc::Document& shown() const { return m_document; }

protected:
    QVariant loadResource(int type, const QUrl& name) override; // nothing, ever
    void changeEvent(QEvent* event) override;                   // light to dark and back

private:
    void fill();

    doc::Document m_document;
};

} // namespace looptax
