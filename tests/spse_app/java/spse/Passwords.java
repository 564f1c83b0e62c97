package spse;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Base64;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;

/** Checks passwords against the form {@code pbkdf2-sha256$iterations$salt$hash} (salt and hash in base64). */
final class Passwords {
    private static final int BITS_PER_BYTE = 8;

    private Passwords() {
    }

    static boolean matches(String stored, String password) {
        String[] parts = stored.split("\\$");
        byte[] salt = Base64.getDecoder().decode(parts[2]);
        byte[] hash = Base64.getDecoder().decode(parts[3]);
        PBEKeySpec derivation = new PBEKeySpec(
            password.toCharArray(), salt, Integer.parseInt(parts[1]), hash.length * BITS_PER_BYTE);
        try {
            SecretKeyFactory factory = SecretKeyFactory.getInstance("PBKDF2WithHmacSHA256");
            return MessageDigest.isEqual(hash, factory.generateSecret(derivation).getEncoded());
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException("every JVM has PBKDF2WithHmacSHA256", impossible);
        }
    }
}
