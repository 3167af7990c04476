// The Kotlin code of docs/subscribe/updates.md with the same calls in Java. One vector a line on standard input, its
// fields between tabs: version, build, update version, update build, salt, minimum, critical, rollout, installation.
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;

public class UpdatesRule {
    static List<Long> parts(String text) {
        List<Long> found = new ArrayList<>();
        for (String part : text.split("\\.", -1)) {
            int end = 0;
            while (end < part.length() && part.charAt(end) >= '0' && part.charAt(end) <= '9') end++;
            found.add(end == 0 ? 0L : Long.parseLong(part.substring(0, end)));
        }
        return found;
    }

    static boolean isOlder(String one, String other) {
        List<Long> a = parts(one), b = parts(other);
        for (int index = 0; index < Math.max(a.size(), b.size()); index++) {
            long left = index < a.size() ? a.get(index) : 0, right = index < b.size() ? b.get(index) : 0;
            if (left != right) return left < right;
        }
        return false;
    }

    static String answer(String[] field) throws Exception {
        String version = field[0], build = field[1], newVersion = field[2], newBuild = field[3];
        boolean isSame = !isOlder(version, newVersion) && !isOlder(newVersion, version);
        if (!isOlder(version, newVersion) && !(isSame && isOlder(build, newBuild))) return "nothing";
        if (field[6].equals("true") || isOlder(version, field[5].isEmpty() ? "0" : field[5])) return "must";
        byte[] text = (field[4] + ":" + field[8]).getBytes(StandardCharsets.UTF_8);
        byte[] hash = MessageDigest.getInstance("SHA-256").digest(text);
        long number = 0;
        for (int index = 0; index < 4; index++) number = number << 8 | (hash[index] & 0xff);
        return number * 100 < Long.parseLong(field[7]) << 32 ? "offer" : "nothing";
    }

    public static void main(String[] words) throws Exception {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            System.out.println(answer(line.split("\t", -1)));
        }
    }
}
