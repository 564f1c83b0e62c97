package play.server;

/** The application refuses to start (or to migrate); the message tells the operator what to do, no stack trace needed. */
public final class StartupException extends Exception {
    private static final long serialVersionUID = 1L;

    public StartupException(String message) {
        super(message);
    }
}
