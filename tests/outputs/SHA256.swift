// Stands in for CryptoKit's SHA256 where there is none, after FIPS 180-4: what the example of
// docs/subscribe/updates.md calls of it, and nothing else.
#if !canImport(CryptoKit)
import Foundation

enum SHA256 {
    /// The first bits of the fractional parts of the roots of the first primes: of square roots, then of cube roots.
    static let primes: [Int] = (2...311).filter { number in !(2..<number).contains { number % $0 == 0 } }
    static let start = primes.prefix(8).map { fraction(Double($0).squareRoot()) }
    static let rounds = primes.map { fraction(cbrt(Double($0))) }

    static func fraction(_ root: Double) -> UInt32 {
        UInt32((root - root.rounded(.down)) * 4_294_967_296)
    }

    static func hash(data: Data) -> [UInt8] {
        var bytes = [UInt8](data)
        let bits = UInt64(bytes.count) * 8
        bytes.append(0x80)
        while bytes.count % 64 != 56 { bytes.append(0) }
        bytes += stride(from: UInt64(56), through: 0, by: -8).map { UInt8(truncatingIfNeeded: bits >> $0) }
        var state = start
        for block in stride(from: 0, to: bytes.count, by: 64) {
            state = mixed(state, bytes[block..<block + 64])
        }
        return state.flatMap { word in [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: word >> UInt32($0)) } }
    }

    static func turned(_ word: UInt32, _ bits: UInt32) -> UInt32 { word >> bits | word << (32 - bits) }

    static func mixed(_ state: [UInt32], _ block: ArraySlice<UInt8>) -> [UInt32] {
        var words: [UInt32] = []
        for start in stride(from: block.startIndex, to: block.endIndex, by: 4) {
            words.append(block[start..<start + 4].reduce(0) { $0 << 8 | UInt32($1) })
        }
        for index in 16..<64 {
            let (near, far) = (words[index - 2], words[index - 15])
            let one = turned(far, 7) ^ turned(far, 18) ^ far >> 3
            let other = turned(near, 17) ^ turned(near, 19) ^ near >> 10
            words.append(words[index - 16] &+ one &+ words[index - 7] &+ other)
        }
        var s = state
        for index in 0..<64 {
            let sum = turned(s[4], 6) ^ turned(s[4], 11) ^ turned(s[4], 25)
            let choice = (s[4] & s[5]) ^ (~s[4] & s[6])
            let first = s[7] &+ sum &+ choice &+ rounds[index] &+ words[index]
            let turns = turned(s[0], 2) ^ turned(s[0], 13) ^ turned(s[0], 22)
            let majority = (s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2])
            s = [first &+ turns &+ majority, s[0], s[1], s[2], s[3] &+ first, s[4], s[5], s[6]]
        }
        return zip(state, s).map { $0 &+ $1 }
    }
}
#endif
