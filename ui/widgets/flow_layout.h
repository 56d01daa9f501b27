// Widgets one after the other, in as many rows as the width asks for: a row of tools or a legend that is
// never cut, however narrow the window.
#pragma once

#include <QLayout>
#include <QList>

#include <memory>
#include <vector>

namespace looptax {

class FlowLayout : public QLayout {
public:
    explicit FlowLayout(QWidget* parent = nullptr, int gap = 8, int rowGap = 2);
    ~FlowLayout() override;

    void addItem(QLayoutItem* item) override;
    int count() const override { return int(m_items.size()); }
    QLayoutItem* itemAt(int index) const override;
    QLayoutItem* takeAt(int index) override;
    Qt::Orientations expandingDirections() const override { return {}; }
    bool hasHeightForWidth() const override { return true; }
    int heightForWidth(int width) const override;
    QSize sizeHint() const override;
    QSize minimumSize() const override;
    void setGeometry(const QRect& rect) override;

private:
    int arrange(const QRect& rect, bool move) const; // height used

    std::vector<std::unique_ptr<QLayoutItem>> m_items;
    int m_gap;
    int m_rowGap;
};

} // namespace looptax
