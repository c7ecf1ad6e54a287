() => {
  // Tells whoever has the page open that its server is gone, or was started again.
  const notice = document.createElement("p");
  notice.id = "notice";
  notice.setAttribute("role", "alert");
  notice.hidden = true;
  document.body.prepend(notice);
  let first = null;
  const tell = (text) => {
    notice.textContent = text;
    notice.hidden = !text;
  };
  const look = async () => {
    try {
      const answer = await fetch("gradio_api/app_id", { cache: "no-store" });
      if (!answer.ok) throw new Error(answer.status);
      const { app_id: id } = await answer.json();
      first ??= id;
      tell(id === first ? "" : "The server was started again, and has forgotten this page: reload it to go on.");
    } catch {
      tell("The server does not answer. What was rated is kept. Start it again, then reload this page.");
    }
  };
  look();
  setInterval(() => document.hidden || look(), 3000);

  // The end of a conversation is seen while it grows, unless one has scrolled up to read.
  let follows = true;
  let asked = 0;
  let top = 0;
  const follow = () => {
    const chat = document.getElementById("chat");
    if (!chat) return;
    const count = chat.querySelectorAll(".turn.asked").length;
    if (follows || count > asked) {
      follows = true;
      chat.scrollTop = chat.scrollHeight;
      top = chat.scrollTop;
    }
    asked = count;
  };
  const scrolled = ({ target }) => {
    if (target.id !== "chat") return;
    // This may be told late, when more has come: only who is higher than before has scrolled up.
    const atEnd = target.scrollHeight - target.scrollTop - target.clientHeight < 40;
    follows = atEnd || (follows && target.scrollTop >= top);
    top = target.scrollTop;
  };
  document.addEventListener("scroll", scrolled, { capture: true, passive: true });
  new MutationObserver(follow).observe(document.body, { childList: true, characterData: true, subtree: true });
}
