// Errors as values. An Error says what happened, where, and what to try; its kind decides the exit code.
#pragma once

#include <string>
#include <utility>
#include <variant>

namespace looptax {

enum class ErrorKind {
    Usage,       // the command line is wrong
    Plan,        // the plan is wrong
    Permission,  // the plan would do what a person has not allowed
    Unreachable, // nothing usable answers at the target
    Storage,     // disk, folder, lock or journal
    Corrupt,     // a file was read but cannot be right
    Newer,       // a file was written by a newer version
    Protocol,    // an answer that is not of the expected form
    Cancelled,   // the user said stop
    Internal
};

struct Error {
    ErrorKind kind = ErrorKind::Internal;
    std::string what;  // what happened, a sentence without a full stop
    std::string where; // file, line, address or JSON path; may be empty
    std::string hint;  // what to try; may be empty
    int code = 0;      // errno, or the HTTP status of an answer, where there was one; else 0

    std::string text() const; // "where: what (hint)" on one line
};

// A T or an Error. value() and operator* must only be called on a success.
template <class T> class [[nodiscard]] Result {
public:
    Result(T value) : m_state(std::in_place_index<0>, std::move(value)) {}
    Result(Error error) : m_state(std::in_place_index<1>, std::move(error)) {}

    bool ok() const { return m_state.index() == 0; }
    explicit operator bool() const { return ok(); }
    const T& value() const { return std::get<0>(m_state); }
    T& value() { return std::get<0>(m_state); }
    const T& operator*() const { return value(); }
    T& operator*() { return value(); }
    const T* operator->() const { return &value(); }
    T* operator->() { return &value(); }
    T take() { return std::move(std::get<0>(m_state)); }
    const Error& error() const { return std::get<1>(m_state); }

private:
    std::variant<T, Error> m_state;
};

template <> class [[nodiscard]] Result<void> {
public:
    Result() = default;
    Result(Error error) : m_failed(true), m_error(std::move(error)) {}

    bool ok() const { return !m_failed; }
    explicit operator bool() const { return ok(); }
    const Error& error() const { return m_error; }

private:
    bool m_failed = false;
    Error m_error;
};

using Status = Result<void>;

} // namespace looptax
