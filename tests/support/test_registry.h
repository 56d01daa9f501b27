// LOOPTAX_TEST(tst_name) after a QObject test class adds it to the binary of its area.
#pragma once

#include <QObject>

#include <memory>
#include <utility>
#include <vector>

namespace looptax {

using TestFactory = QObject* (*)();

inline std::vector<std::pair<const char*, TestFactory>>& testRegistry() {
    static std::vector<std::pair<const char*, TestFactory>> registry;
    return registry;
}

struct TestRegistration {
    TestRegistration(const char* name, TestFactory make) { testRegistry().emplace_back(name, make); }
};

} // namespace looptax

#define LOOPTAX_TEST(Class)                                                                                                      \
    static const ::looptax::TestRegistration s_registered_##Class(#Class, []() -> QObject* { return new Class; });
