package play.mvc;

/** A request that cannot be served, with the status and the sentence the user sees. */
public final class HttpFailure extends Exception {
    private static final long serialVersionUID = 1L;

    private final int status;

    public HttpFailure(int status, String message) {
        super(message);
        this.status = status;
    }

    public int status() {
        return status;
    }
}
