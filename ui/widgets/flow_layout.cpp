#include "ui/widgets/flow_layout.h"

#include <algorithm>

namespace looptax {

FlowLayout::FlowLayout(QWidget* parent, int gap, int rowGap) : QLayout(parent), m_gap(gap), m_rowGap(rowGap) {
    setContentsMargins(0, 0, 0, 0);
}

FlowLayout::~FlowLayout() = default;

void FlowLayout::addItem(QLayoutItem* item) { m_items.emplace_back(item); }

QLayoutItem* FlowLayout::itemAt(int index) const {
    return index >= 0 && index < count() ? m_items[std::size_t(index)].get() : nullptr;
}

QLayoutItem* FlowLayout::takeAt(int index) {
    if (index < 0 || index >= count()) return nullptr;
    QLayoutItem* item = m_items[std::size_t(index)].release();
    m_items.erase(m_items.begin() + index);
    return item;
}

int FlowLayout::heightForWidth(int width) const { return arrange(QRect(0, 0, width, 0), false); }

QSize FlowLayout::sizeHint() const {
    int width = 0, height = 0;
    for (const auto& item : m_items) {
        if (item->isEmpty()) continue;
        width += item->sizeHint().width() + (width > 0 ? m_gap : 0);
        height = std::max(height, item->sizeHint().height());
    }
    const QMargins m = contentsMargins();
    return {width + m.left() + m.right(), height + m.top() + m.bottom()};
}

QSize FlowLayout::minimumSize() const {
    QSize size;
    for (const auto& item : m_items)
        if (!item->isEmpty()) size = size.expandedTo(item->minimumSize());
    const QMargins m = contentsMargins();
    return size + QSize(m.left() + m.right(), m.top() + m.bottom());
}

void FlowLayout::setGeometry(const QRect& rect) {
    QLayout::setGeometry(rect);
    arrange(rect, true);
}

int FlowLayout::arrange(const QRect& rect, bool move) const {
    const QRect inner = rect.marginsRemoved(contentsMargins());
    int x = inner.left(), y = inner.top();
    std::vector<std::pair<QLayoutItem*, QRect>> row;
    int rowHeight = 0;
    const auto settle = [&] { // what is lower than its row stands in its middle
        if (move)
            for (auto& [item, place] : row) item->setGeometry(place.translated(0, (rowHeight - place.height()) / 2));
        row.clear();
    };
    for (const auto& item : m_items) {
        if (item->isEmpty()) continue;
        QSize size = item->sizeHint();
        size.setWidth(std::min(size.width(), std::max(inner.width(), item->minimumSize().width())));
        if (!row.empty() && x + size.width() > inner.right() + 1) {
            settle();
            x = inner.left();
            y += rowHeight + m_rowGap;
            rowHeight = 0;
        }
        row.emplace_back(item.get(), QRect(QPoint(x, y), size));
        x += size.width() + m_gap;
        rowHeight = std::max(rowHeight, size.height());
    }
    settle();
    const QMargins m = contentsMargins();
    return y + rowHeight - inner.top() + m.top() + m.bottom();
}

} // namespace looptax
