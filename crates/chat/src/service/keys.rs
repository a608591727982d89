//! Bots, server keys and hooks, on behalf of those who look after them.

use super::{Chat, ChatError};
use crate::rules::may_keep_hooks;
use crate::{
    DisplayName, Key, KeyHolder, KeyId, KeyName, KeysOf, NewHolder, NewKey, NewUser, Refusal, RoomId,
    TokenHash, User, UserId, UserName,
};

impl Chat {
    /// Creates a bot with its first key.
    ///
    /// # Errors
    /// A refusal, or the store's failure; so for all that follow.
    pub async fn create_bot(
        &self,
        by: &UserId,
        name: UserName,
        display_name: DisplayName,
        hash: TokenHash,
    ) -> Result<User, ChatError> {
        let bot = self.new_bot(name, display_name);
        let user = bot.user.clone();
        self.make_key(NewHolder::NewBot(bot), None, hash, Some(by)).await?;
        Ok(user)
    }

    /// Makes another key for a bot.
    pub async fn create_bot_key(
        &self,
        by: &UserId,
        bot: UserId,
        hash: TokenHash,
    ) -> Result<KeyId, ChatError> {
        self.make_key(NewHolder::Bot(bot), None, hash, Some(by)).await
    }

    /// Makes a server key, on behalf of an admin or of the operator.
    pub async fn create_server_key(
        &self,
        by: Option<&UserId>,
        name: KeyName,
        hash: TokenHash,
    ) -> Result<KeyId, ChatError> {
        self.make_key(NewHolder::Server, Some(name), hash, by).await
    }

    /// Makes a hook for a room, and one who speaks by it a member.
    pub async fn create_hook(
        &self,
        by: &UserId,
        room: RoomId,
        name: KeyName,
        hash: TokenHash,
    ) -> Result<KeyId, ChatError> {
        let bot = self
            .new_bot(self.hook_user_name()?, name.as_str().parse::<DisplayName>().map_err(Refusal::from)?);
        let user = bot.user.id.clone();
        let id = self.make_key(NewHolder::Hook { bot, room }, Some(name), hash, Some(by)).await?;
        if let Err(error) = self.add_member(room, by, user).await {
            // A room where they may not add anybody: then there is nobody to speak by the hook.
            self.store.delete_key(id, &KeysOf::Room(room), Some(by), self.clock.now()).await?;
            return Err(error);
        }
        Ok(id)
    }

    /// Withdraws a key of a bot or a back end.
    pub async fn delete_key(&self, by: Option<&UserId>, of: &KeysOf, id: KeyId) -> Result<Key, ChatError> {
        Ok(self.store.delete_key(id, of, by, self.clock.now()).await?)
    }

    /// Deletes a room's hook. Whoever spoke by it leaves; what they said stays.
    pub async fn delete_hook(&self, by: &UserId, room: RoomId, id: KeyId) -> Result<Key, ChatError> {
        let key = self.delete_key(Some(by), &KeysOf::Room(room), id).await?;
        if let KeyHolder::Hook { bot, .. } = &key.holder {
            match self.remove_member(room, &bot.id, bot.id.clone()).await {
                // Somebody removed them already.
                Ok(()) | Err(ChatError::Refused(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(key)
    }

    /// A room's hooks, for those who look after them.
    pub async fn hooks(&self, by: &UserId, room: RoomId) -> Result<Vec<Key>, ChatError> {
        let view = self.room(room, by).await?;
        may_keep_hooks(view.kind, view.role)?;
        Ok(self.store.keys(&KeysOf::Room(room)).await?)
    }

    async fn make_key(
        &self,
        holder: NewHolder,
        name: Option<KeyName>,
        hash: TokenHash,
        by: Option<&UserId>,
    ) -> Result<KeyId, ChatError> {
        let (id, created_at) = (self.ids.key(), self.clock.now());
        self.store.create_key(NewKey { id, hash, holder, name, created_at }, by).await?;
        Ok(id)
    }

    fn new_bot(&self, name: UserName, display_name: DisplayName) -> NewUser {
        let user = User { bot: true, ..User::new(self.ids.user(), name, display_name) };
        NewUser { user, password: None, created_at: self.clock.now() }
    }

    /// A name that nobody has and nobody needs to know.
    fn hook_user_name(&self) -> Result<UserName, Refusal> {
        Ok(format!("hook-{}", self.ids.key()).parse::<UserName>()?)
    }
}
