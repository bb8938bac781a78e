// SPDX-License-Identifier: Apache-2.0 OR MIT

/// A handle of the C library, freed with its last reference.
///
/// Unchecked, since the library lets every thread use a handle; and none is using it any more when the last reference
/// goes, as `use` holds one.
final class Handle: @unchecked Sendable {
    private let pointer: OpaquePointer
    private let free: @Sendable (OpaquePointer) -> Void

    init(_ pointer: OpaquePointer, free: @escaping @Sendable (OpaquePointer) -> Void) {
        self.pointer = pointer
        self.free = free
    }

    func use<Result>(_ body: (OpaquePointer) throws -> Result) rethrows -> Result {
        try withExtendedLifetime(self) { try body(pointer) }
    }

    deinit {
        free(pointer)
    }
}
