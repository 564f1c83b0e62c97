package play.mvc;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Play's stateless session: everything is in a cookie signed with application.secret, so a session outlives a restart
 * and is good on every process that shares the secret.
 */
public final class Session {
    static final String COOKIE = "SPSE_SESSION";
    private static final Duration LIFE = Duration.ofHours(8);

    private final String context;
    private final SecretKeySpec key;

    public Session(String context, String secret) {
        this.context = context;
        this.key = new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HmacSHA256");
    }

    /** The Set-Cookie header that logs a user in. */
    public String begin(String user) {
        String payload = user + "|" + Instant.now().plus(LIFE).getEpochSecond();
        String encoded = Base64.getUrlEncoder().withoutPadding().encodeToString(payload.getBytes(StandardCharsets.UTF_8));
        return header(encoded + "." + sign(encoded), LIFE);
    }

    /** The Set-Cookie header that logs out. */
    public String end() {
        return header("", Duration.ZERO);
    }

    /** The user of a cookie; empty when it is forged, cut short or too old. */
    Optional<String> user(String cookie) {
        int dot = cookie.indexOf('.');
        if (dot < 0 || !MessageDigest.isEqual(bytes(sign(cookie.substring(0, dot))), bytes(cookie.substring(dot + 1)))) {
            return Optional.empty();
        }
        String payload = new String(Base64.getUrlDecoder().decode(cookie.substring(0, dot)), StandardCharsets.UTF_8);
        int bar = payload.lastIndexOf('|');
        boolean alive = Instant.now().getEpochSecond() < Long.parseLong(payload.substring(bar + 1));
        return alive ? Optional.of(payload.substring(0, bar)) : Optional.empty();
    }

    private String header(String value, Duration life) {
        return COOKIE + "=" + value + "; Path=" + context + "; Max-Age=" + life.toSeconds() + "; HttpOnly; SameSite=Lax";
    }

    private String sign(String text) {
        try {
            Mac mac = Mac.getInstance(key.getAlgorithm());
            mac.init(key);
            return HexFormat.of().formatHex(mac.doFinal(bytes(text)));
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException("every JVM has HmacSHA256", impossible);
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
